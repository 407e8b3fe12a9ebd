package io.percolate.gateway.context.store;

import java.util.Locale;

/** How a call to S3 failed; closed, and also the metric label. */
enum StoreFault {
    /** No connection, or one that broke. */
    CONNECTION(true),
    /** No answer in time. */
    TIMEOUT(true),
    /** 503 {@code SlowDown}, 429: S3 asks for fewer requests. */
    THROTTLED(true),
    /** Any other 5xx. */
    SERVER_ERROR(true),
    WRONG_REGION(false),
    NO_BUCKET(false),
    /** Access denied: perhaps of this object only. */
    DENIED(false),
    /** The credentials are not accepted. */
    CREDENTIALS(false),
    /** Refused for another reason. */
    REFUSED(false);

    private final boolean outage;

    StoreFault(boolean outage) {
        this.outage = outage;
    }

    /** Whether the next call, for whatever object, will likely fail in the same slow way. */
    boolean isOutage() {
        return outage;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
