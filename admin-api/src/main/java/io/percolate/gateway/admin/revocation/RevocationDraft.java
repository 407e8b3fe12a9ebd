package io.percolate.gateway.admin.revocation;

import io.percolate.gateway.admin.http.Change;
import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Json;
import java.time.Duration;
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
    /** Longer than tokens usually live: a revocation must outlive what it revokes. */
    private static final Duration LIFETIME = Duration.ofDays(30);

    private static final Duration LIFETIME_MAX = Duration.ofDays(366);

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
        fields.finish();
        return new RevocationDraft(
                token.isPresent() ? RevocationKind.TOKEN : RevocationKind.SESSION,
                token.or(() -> session).orElseThrow(),
                issuer.orElse(""),
                reason.orElse(null),
                Objects.requireNonNullElse(lifetime.of(LIFETIME.toSeconds()), LIFETIME.toSeconds()));
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
