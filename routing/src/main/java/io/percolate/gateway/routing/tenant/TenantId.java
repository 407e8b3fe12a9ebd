package io.percolate.gateway.routing.tenant;

import java.util.Optional;
import java.util.UUID;

/** Identity of a tenant: a UUID, written in its canonical 36-character lower-case form everywhere. */
public record TenantId(UUID value) {
    private static final int CANONICAL_LENGTH = 36;

    /** Parses the canonical form; anything else (short groups, braces, upper-case is accepted) is empty. */
    public static Optional<TenantId> parse(String text) {
        if (text.length() != CANONICAL_LENGTH) {
            return Optional.empty();
        }
        try {
            return Optional.of(new TenantId(UUID.fromString(text)));
        } catch (IllegalArgumentException notUuid) {
            return Optional.empty();
        }
    }

    /** Parses the canonical form, for text that is known to be one: a column of type uuid, a constant of a test. */
    public static TenantId of(String text) {
        return parse(text).orElseThrow(() -> new IllegalArgumentException("not a tenant id (UUID): " + text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
