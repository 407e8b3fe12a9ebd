package io.percolate.gateway.routing.token.keys;

import io.percolate.gateway.routing.token.keys.JwksSource.Fetched;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the last fetches have come to.
 *
 * @param keys in use; null when none were ever loaded or the last good ones have grown too old
 * @param failures in a row, up to now
 */
record KeyState(
        @Nullable KeySet keys,
        @Nullable Instant lastSuccess,
        @Nullable String lastError,
        int failures) {

    static final KeyState NOTHING = new KeyState(null, null, null, 0);
    private static final Logger LOG = LoggerFactory.getLogger(KeyRing.class);

    /** @throws JwksException when it holds no usable key */
    KeyState after(Fetched fetched, SignatureProvider signatures, Instant now) {
        return switch (fetched) {
            case Fetched.Document(String json, Duration age) ->
                new KeyState(KeySet.parse(json, signatures), now.minus(age), null, 0);
            case Fetched.Unchanged() -> new KeyState(keys, now, null, 0);
        };
    }

    /** @param keepMax how long the last good keys stay in use */
    KeyState after(Throwable error, Duration keepMax, Instant now) {
        String reason = error instanceof JwksException known
                ? Objects.requireNonNullElse(known.getMessage(), "unknown")
                : Printable.of(error.getClass().getSimpleName() + ": " + error.getMessage());
        boolean fresh = lastSuccess != null && now.isBefore(lastSuccess.plus(keepMax));
        return new KeyState(fresh ? keys : null, lastSuccess, reason, failures + 1);
    }

    /** Identities of the keys in use. */
    Set<String> ids() {
        return keys == null ? Set.of() : keys.ids();
    }

    KeyRingStatus status(String issuer, String source) {
        return new KeyRingStatus(
                issuer,
                source,
                keys == null ? Set.of() : keys.kids(),
                keys == null ? List.of() : keys.ignored(),
                lastSuccess,
                lastError);
    }

    /** Logs what is new about this state; a failure once, not each time that it is met again. */
    void logSince(KeyState before, String source, Duration keepMax) {
        if (failures > 0) {
            if (before.keys() != null && keys == null) {
                LOG.error("keys from {} are older than {} and no longer used: {}", source, keepMax, lastError);
            } else if (!Objects.equals(before.lastError(), lastError)) {
                LOG.warn(
                        "keys from {} could not be refreshed, {}: {}",
                        source,
                        keys == null ? "none are known" : "the last good ones stay in use",
                        lastError);
            }
            return;
        }
        KeySet fresh = Objects.requireNonNull(keys);
        if (!before.ids().equals(fresh.ids())) {
            LOG.info("keys from {}: {}", source, fresh.kids());
            fresh.ignored().forEach(why -> LOG.warn("keys from {}: ignored {}", source, why));
        } else if (before.failures() > 0) {
            LOG.info("keys from {} are refreshed again", source);
        }
    }
}
