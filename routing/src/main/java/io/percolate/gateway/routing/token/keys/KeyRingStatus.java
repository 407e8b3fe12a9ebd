package io.percolate.gateway.routing.token.keys;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the keys stand, for people and readiness.
 *
 * @param issuer its name in configuration and metrics
 * @param source URL or path; empty when only a shared secret is configured
 * @param kids names of the keys in use; empty when there are none
 * @param ignored why each other entry of the set is not in use
 * @param lastSuccess when the source last gave a good key set; null when it never did
 * @param lastError what is wrong with the source now; null when the last fetch was good
 */
public record KeyRingStatus(
        String issuer,
        String source,
        Set<String> kids,
        List<String> ignored,
        @Nullable Instant lastSuccess,
        @Nullable String lastError) {

    /** Of an issuer that has a shared secret only. */
    public static KeyRingStatus withoutSource(String issuer) {
        return new KeyRingStatus(issuer, "", Set.of(), List.of(), null, null);
    }

    public boolean hasKeys() {
        return !kids.isEmpty();
    }
}
