package io.percolate.gateway.context.blob;

import java.util.Locale;

/** Why a blob cannot be opened; closed, and also the metric label. */
public enum Unreadable {
    /** It does not begin like a blob. */
    NOT_A_BLOB,
    /** Its format is newer, or older, than any that is known here. */
    FORMAT_UNKNOWN,
    /** Its header ends early or says what no writer writes. */
    HEADER_INVALID,
    /** It was sealed for another purpose. */
    PURPOSE_MISMATCH,
    /** It was stored under another security mode than the tenant's present one. */
    MODE_MISMATCH,
    /** It was sealed under another epoch than the one asked for. */
    EPOCH_MISMATCH,
    /** It was sealed under an earlier epoch than the newest that is known to have been written: put back by somebody. */
    DOWNGRADED,
    /** It is not what was sealed for this tenant: damaged, cut short, extended, or another tenant's. */
    NOT_AUTHENTIC,
    /** It is authentic, but what it holds cannot be decompressed or is not as long as its header says. */
    CONTENT_INVALID,
    /** It holds more than the reader accepts. */
    CONTENT_TOO_LARGE,
    /** The tenant has no key of the version that sealed it. */
    KEY_UNKNOWN,
    /** The tenant's key is wrapped by a key-encryption key that this process was not given. */
    KEY_ENCRYPTION_KEY_UNKNOWN,
    /** The tenant's key cannot be unwrapped: its row is damaged or belongs to another tenant. */
    KEY_NOT_AUTHENTIC;

    /** The name as a metric label. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
