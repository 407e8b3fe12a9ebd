package io.percolate.gateway.routing.tenant;

import java.util.Optional;
import java.util.UUID;

/**
 * Identity of a tenant: a UUID, written in its canonical 36-character lower-case form everywhere.
 *
 * <p>Holds the two halves itself, since a process keeps a million of these.
 */
public record TenantId(long highBits, long lowBits) {
    private static final int CANONICAL_LENGTH = 36;

    public TenantId(UUID value) {
        this(value.getMostSignificantBits(), value.getLeastSignificantBits());
    }

    public UUID value() {
        return new UUID(highBits, lowBits);
    }

    /** Parses 8-4-4-4-12 hexadecimal digits of either case; anything else (short groups, signs, braces) is empty. */
    public static Optional<TenantId> parse(String text) {
        return isCanonical(text) ? Optional.of(new TenantId(UUID.fromString(text))) : Optional.empty();
    }

    /** {@code UUID.fromString} alone would take groups of other lengths, and signs. */
    private static boolean isCanonical(String text) {
        if (text.length() != CANONICAL_LENGTH) {
            return false;
        }
        for (int i = 0; i < CANONICAL_LENGTH; i++) {
            char c = text.charAt(i);
            boolean fits = switch (i) {
                case 8, 13, 18, 23 -> c == '-';
                default -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
            };
            if (!fits) {
                return false;
            }
        }
        return true;
    }

    /** Parses the canonical form, for text that is known to be one: a column of type uuid, a constant of a test. */
    public static TenantId of(String text) {
        return parse(text).orElseThrow(() -> new IllegalArgumentException("not a tenant id (UUID): " + text));
    }

    @Override
    public String toString() {
        return value().toString();
    }
}
