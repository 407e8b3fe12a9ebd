package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.admin.auth.Digests;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.routing.postgres.Statements;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/**
 * A caller's name for a creation, so that it may be sent again without happening again.
 *
 * <p>Mechanism: the key is inserted in the transaction of the creation. A second request with the same key waits at the
 * unique index until the first has ended; then it finds the stored answer, or nothing when the first one failed, and
 * goes first itself. Keys of different admin tokens never meet.
 *
 * <p>Source: draft-ietf-httpapi-idempotency-key-header-07.
 */
public final class IdempotencyKey {
    /** Keys older than this may be used anew. */
    static final Duration RETENTION = Duration.ofHours(24);

    private static final String HEADER = "Idempotency-Key";
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7e]{1,128}");
    /** Each creation sweeps a few, so that nobody has to sweep all. */
    private static final int SWEPT_MAX = 16;

    private final String name;
    private final byte[] requestDigest;

    private IdempotencyKey(String name, byte[] requestDigest) {
        this.name = name;
        this.requestDigest = requestDigest;
    }

    /** The call's key, if it has one; {@code request} is what makes two requests the same. */
    public static Optional<IdempotencyKey> of(Call call, Object request) {
        return call.header(HEADER).map(key -> {
            if (!FORM.matcher(key).matches()) {
                throw Problem.ofField(HEADER, "expected 1 to 128 visible ASCII characters")
                        .toException();
            }
            String holder = Objects.requireNonNull(call.caller().principal()).name();
            return new IdempotencyKey(holder + ":" + key, Digests.sha256(Json.writeText(request)));
        });
    }

    /** The answer that was given to this key before; empty when this transaction is the first and has taken the key. */
    public Mono<Optional<JsonNode>> take(Statements transaction) {
        return sweep(transaction)
                .then(transaction.update(
                        "INSERT INTO idempotency_keys (key, request_digest) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                        name,
                        ByteBuffer.wrap(requestDigest)))
                .flatMap(taken -> taken == 1 ? Mono.just(Optional.empty()) : storedAnswer(transaction));
    }

    /** Stores the answer for whoever sends the key again. */
    public Mono<Void> store(Statements transaction, int status, Object answer) {
        return transaction
                .update(
                        "UPDATE idempotency_keys SET response_status = $2, response_body = $3::jsonb WHERE key = $1",
                        name,
                        status,
                        Json.writeText(answer))
                .then();
    }

    private Mono<Optional<JsonNode>> storedAnswer(Statements transaction) {
        record Stored(ByteBuffer digest, JsonNode answer) {}
        return transaction
                .queryFirst(
                        "SELECT request_digest, response_body::text AS body FROM idempotency_keys WHERE key = $1",
                        row -> new Stored(
                                Objects.requireNonNull(row.get("request_digest", ByteBuffer.class)),
                                Json.readText(Objects.requireNonNull(row.get("body", String.class)))),
                        name)
                .map(stored -> {
                    if (stored.isPresent() && !stored.get().digest().equals(ByteBuffer.wrap(requestDigest))) {
                        throw Problem.of(
                                        ProblemKind.IDEMPOTENCY_KEY_REUSED,
                                        "this Idempotency-Key was used for another request")
                                .toException();
                    }
                    return stored.map(Stored::answer);
                });
    }

    private static Mono<Long> sweep(Statements transaction) {
        return transaction.update("""
                DELETE FROM idempotency_keys WHERE key IN (
                    SELECT key FROM idempotency_keys WHERE created_at < now() - $1 * interval '1 second'
                    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED)
                """, RETENTION.toSeconds(), SWEPT_MAX);
    }
}
