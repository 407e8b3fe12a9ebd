package io.percolate.gateway.admin.webhook;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.postgres.Statements;
import io.r2dbc.spi.Readable;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import tools.jackson.databind.JsonNode;

/**
 * Sends what the {@link Outbox} holds: each message at least once, under an id by which its receiver tells repetitions, in
 * no certain order. A message that is on its way is left alone by others until its next attempt is due.
 */
public final class WebhookDelivery {
    private static final Logger log = LoggerFactory.getLogger(WebhookDelivery.class);
    private static final int MESSAGES_OF_ONE_LOOK_MAX = 100;
    private static final Duration KEPT_AFTER_GIVING_UP = Duration.ofDays(7);

    /** Each attempt waits twice as long as the last for the next: 10 s, 20 s, ... ten minutes. */
    private static final String TAKE = """
            UPDATE webhook_deliveries SET attempts = attempts + 1,
                next_at = clock_timestamp() + LEAST(600, 5 * 2 ^ LEAST(attempts + 1, 7)) * interval '1 second'
            WHERE id IN (SELECT id FROM webhook_deliveries WHERE given_up_at IS NULL AND next_at <= clock_timestamp()
                ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING id, event, payload::text AS payload, created_at
            """;

    private static final String TAKEN = "DELETE FROM webhook_deliveries WHERE id = $1";

    private static final String NOT_TAKEN = """
            UPDATE webhook_deliveries SET error_message = left($2, 300),
                given_up_at = CASE WHEN created_at <= clock_timestamp() - $3 * interval '1 millisecond'
                    THEN clock_timestamp() END
            WHERE id = $1 RETURNING given_up_at IS NOT NULL AS given_up
            """;

    private static final String SWEEP =
            "DELETE FROM webhook_deliveries WHERE given_up_at <= clock_timestamp() - $1 * interval '1 millisecond'";

    private final WebhookConfig config;
    private final Statements database;
    private final Clock clock;
    private final MeterRegistry meters;
    private final ConnectionProvider connections;
    private final HttpClient client;

    public WebhookDelivery(WebhookConfig config, Statements database, Clock clock, MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.clock = clock;
        this.meters = meters;
        this.connections = ConnectionProvider.create("webhooks", config.concurrency());
        this.client = HttpClient.create(connections).responseTimeout(config.timeout());
    }

    private record Message(UUID id, String event, JsonNode data, Instant createdAt) {
        static Message of(Readable row) {
            return new Message(
                    Objects.requireNonNull(row.get("id", UUID.class)),
                    Objects.requireNonNull(row.get("event", String.class)),
                    Json.readText(Objects.requireNonNull(row.get("payload", String.class))),
                    Objects.requireNonNull(row.get("created_at", Instant.class)));
        }

        String body() {
            return Json.newObject()
                    .put("type", event)
                    .put("timestamp", createdAt.toString())
                    .set("data", data)
                    .toString();
        }
    }

    /** Sends what is due; errors when the database does not answer. */
    public Mono<Void> run() {
        if (config.url().isEmpty() || config.secret().isEmpty()) {
            return Mono.empty();
        }
        URI url = config.url().get();
        Secret secret = config.secret().get();
        return database.query(TAKE, Message::of, MESSAGES_OF_ONE_LOOK_MAX)
                .flatMapMany(Flux::fromIterable)
                .flatMap(message -> send(url, secret, message), config.concurrency())
                .then(database.update(SWEEP, KEPT_AFTER_GIVING_UP.toMillis()))
                .then();
    }

    public Mono<Void> close() {
        return connections.disposeLater();
    }

    private Mono<Void> send(URI url, Secret secret, Message message) {
        String body = message.body();
        long now = clock.instant().getEpochSecond();
        String id = "msg_" + message.id();
        return client.headers(headers -> headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .set("webhook-id", id)
                        .set("webhook-timestamp", now)
                        .set("webhook-signature", Signature.of(secret, id, now, body)))
                .post()
                .uri(url)
                .send(ByteBufMono.fromString(Mono.just(body)))
                .response()
                .timeout(config.timeout())
                .map(answer -> answer.status().code() / 100 == 2
                        ? ""
                        : "it answered " + answer.status().code())
                .onErrorResume(error -> Mono.just(String.valueOf(error.getMessage())))
                .flatMap(why -> why.isEmpty() ? taken(message) : notTaken(message, why));
    }

    private Mono<Void> taken(Message message) {
        counted("taken");
        return database.update(TAKEN, message.id()).then();
    }

    private Mono<Void> notTaken(Message message, String why) {
        return database.query(
                        NOT_TAKEN,
                        row -> Boolean.TRUE.equals(row.get("given_up", Boolean.class)),
                        message.id(),
                        why,
                        config.giveUpAfter().toMillis())
                .doOnNext((List<Boolean> rows) -> {
                    boolean givenUp = rows.contains(true);
                    counted(givenUp ? "given_up" : "refused");
                    if (givenUp) {
                        log.warn("the webhook was not told of {} {}: {}", message.event(), message.id(), why);
                    }
                })
                .then();
    }

    private void counted(String outcome) {
        meters.counter("webhook.deliveries", "outcome", outcome).increment();
    }
}
