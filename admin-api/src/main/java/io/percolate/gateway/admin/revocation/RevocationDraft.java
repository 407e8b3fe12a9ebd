package io.percolate.gateway.admin.revocation;

import io.percolate.gateway.admin.http.Change;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What to revoke: exactly one of {@code token_id} and {@code session}, and for how long. */
record RevocationDraft(
        RevocationKind kind,
        String value,
        String issuer,
        @Nullable String reason,
        long seconds) {

    private static final int VALUE_LENGTH_MAX = 255;
    private static final int ISSUER_LENGTH_MAX = 512;
    private static final int TIME_LENGTH_MAX = 64;
    /** Longer than tokens usually live: a revocation must outlive what it revokes. */
    private static final Duration LIFETIME = Duration.ofDays(30);

    private static final Duration LIFETIME_MAX = Duration.ofDays(366);
    /** Beyond a token's exp: the skew that gateways may be told to allow, and their clocks. */
    private static final Duration GRACE = Duration.ofMinutes(15);

    static RevocationDraft read(ObjectNode body) {
        Fields fields = new Fields(body);
        Optional<String> token = fields.text("token_id", VALUE_LENGTH_MAX);
        Optional<String> session = fields.text("session", VALUE_LENGTH_MAX);
        long named = List.of("token_id", "session").stream().filter(body::has).count();
        if (named != 1) {
            fields.error("token_id", "expected exactly one of token_id and session, got " + named);
        }
        Optional<String> issuer = fields.text("issuer", ISSUER_LENGTH_MAX);
        Optional<String> reason = fields.text("reason", VALUE_LENGTH_MAX);
        Change<Long> lifetime = fields.countChange("expires_in_seconds", 1, LIFETIME_MAX.toSeconds());
        Optional<Instant> expiry = expiry(fields);
        if (expiry.isPresent() && body.has("expires_in_seconds")) {
            fields.error("token_expires_at", "expected it or expires_in_seconds, got both");
        }
        fields.finish();
        return new RevocationDraft(
                token.isPresent() ? RevocationKind.TOKEN : RevocationKind.SESSION,
                token.or(() -> session).orElseThrow(),
                issuer.orElse(""),
                reason.orElse(null),
                expiry.map(RevocationDraft::secondsUntil)
                        .orElseGet(() ->
                                Objects.requireNonNullElse(lifetime.of(LIFETIME.toSeconds()), LIFETIME.toSeconds())));
    }

    /** When the last of the tokens expires by its own exp. */
    private static Optional<Instant> expiry(Fields fields) {
        Optional<String> text = fields.text("token_expires_at", TIME_LENGTH_MAX);
        try {
            Optional<Instant> expiry = text.map(Instant::parse);
            if (expiry.isPresent() && secondsUntil(expiry.get()) > LIFETIME_MAX.toSeconds()) {
                fields.error(
                        "token_expires_at",
                        "expected a time within " + LIFETIME_MAX.toDays() + " days, got " + text.get());
            } else if (expiry.isPresent() && secondsUntil(expiry.get()) < 1) {
                fields.error("token_expires_at", "the tokens have expired, and are refused anyway");
            }
            return expiry;
        } catch (DateTimeParseException invalid) {
            fields.error(
                    "token_expires_at", "expected a time such as 2026-03-01T12:00:00Z, got '" + text.orElse("") + "'");
            return Optional.empty();
        }
    }

    private static long secondsUntil(Instant expiry) {
        return Duration.between(Instant.now(), expiry.plus(GRACE)).toSeconds();
    }

    ObjectNode metadata() {
        ObjectNode metadata = Json.newObject();
        metadata.put(kind == RevocationKind.TOKEN ? "token_id" : "session", value);
        if (!issuer.isEmpty()) {
            metadata.put("issuer", issuer);
        }
        if (reason != null) {
            metadata.put("reason", reason);
        }
        return metadata;
    }
}
