package io.percolate.gateway.proxy.engine;

import org.jspecify.annotations.Nullable;

/** How fast a client must send its request's body and take its answer, of one request that has gone on for long. */
final class LeastRates {
    private final EdgeConfig config;
    private @Nullable LeastRate body;
    private @Nullable LeastRate answer;

    LeastRates(EdgeConfig config, long nowNanos) {
        this.config = config;
        this.body = of(config.bodyRateMin(), nowNanos);
    }

    /**
     * Whether the body comes too slowly.
     *
     * @param waited whether it is the client who is waited for
     * @param bytes that have come
     */
    boolean isBodyMissed(boolean waited, long bytes, long nowNanos) {
        LeastRate rate = body;
        return rate != null && rate.isMissed(waited, bytes, nowNanos);
    }

    /** Whether the answer, of which this much is taken, is taken too slowly; its time begins with the first question. */
    boolean isAnswerMissed(boolean waited, long bytes, long nowNanos) {
        if (answer == null) {
            answer = of(config.answerRateMin(), nowNanos);
        }
        LeastRate rate = answer;
        return rate != null && rate.isMissed(waited, bytes, nowNanos);
    }

    private @Nullable LeastRate of(long bytesPerSecond, long nowNanos) {
        return bytesPerSecond > 0
                ? new LeastRate(bytesPerSecond, config.rateGrace().toNanos(), nowNanos)
                : null;
    }
}
