package io.percolate.gateway.admin.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

class WebhookDeliveryTest {
    private static final Secret SECRET = new Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final Instant NOW = Instant.ofEpochSecond(1_614_265_330);

    private static TestDatabase postgres;
    private static ManagementDatabase database;

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                DatabaseConfig.read(new ConfigReader(
                        ConfigSource.of(Map.of("MANAGEMENT_DB_URL", postgres.url(), "GATEWAY_DB_POOL_MIN", "0")))),
                "webhooks",
                new SimpleMeterRegistry());
    }

    @AfterAll
    static void stop() {
        database.close().block();
        postgres.close();
    }

    /** The example of the specification. */
    @Test
    void signsAsStandardWebhooksDo() {
        assertThat(Signature.of(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW.getEpochSecond(), "{\"test\": 2432232314}"))
                .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assertThat(Signature.of(new Secret("plain text"), "msg_1", 1, "{}")).startsWith("v1,");
    }

    @Test
    void aMessageIsRepeatedUnderItsIdUntilItIsTakenAndGivenUpAfterItsTime() {
        record Received(String id, String signature, String body) {}
        List<Received> received = new CopyOnWriteArrayList<>();
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> request.receive()
                        .aggregate()
                        .asString()
                        .flatMap(body -> {
                            received.add(new Received(
                                    request.requestHeaders().get("webhook-id"),
                                    request.requestHeaders().get("webhook-signature"),
                                    body));
                            return response.status(received.size() == 1 ? 503 : 204)
                                    .send()
                                    .then();
                        }))
                .bindNow(Duration.ofSeconds(10));
        WebhookConfig config = config(Map.of(
                "MANAGEMENT_WEBHOOK_URL",
                "http://127.0.0.1:" + server.port() + "/hook",
                "MANAGEMENT_WEBHOOK_SECRET",
                SECRET.reveal()));
        WebhookDelivery delivery =
                new WebhookDelivery(config, database, Clock.fixed(NOW, ZoneOffset.UTC), new SimpleMeterRegistry());
        append(Outbox.of(config), "pod.lost");

        delivery.run().block();
        assertThat(rows("attempts = 1 AND error_message = 'it answered 503' AND next_at > now()"))
                .isEqualTo(1);
        delivery.run().block();
        assertThat(received).as("not due yet").hasSize(1);
        postgres.execute("UPDATE webhook_deliveries SET next_at = now()");
        delivery.run().block();

        assertThat(rows("TRUE")).isZero();
        assertThat(received).hasSize(2);
        assertThat(received.get(1)).isEqualTo(received.get(0));
        assertThat(Json.readText(received.getFirst().body()).path("type").stringValue())
                .isEqualTo("pod.lost");
        assertThat(received.getFirst().signature())
                .isEqualTo(Signature.of(
                        SECRET,
                        received.getFirst().id(),
                        NOW.getEpochSecond(),
                        received.getFirst().body()));
        server.disposeNow();

        append(Outbox.of(config), "pod.drained");
        postgres.execute("UPDATE webhook_deliveries SET created_at = now() - interval '2 days'");
        delivery.run().block();
        assertThat(rows("given_up_at IS NOT NULL AND error_message IS NOT NULL"))
                .isEqualTo(1);
        postgres.execute("UPDATE webhook_deliveries SET given_up_at = now() - interval '8 days'");
        delivery.run().block();
        assertThat(rows("TRUE")).isZero();
        delivery.close().block();
    }

    @Test
    void nothingIsNotedWhereNobodyIsToBeTold() {
        append(Outbox.of(config(Map.of())), "pod.lost");

        assertThat(rows("event = 'pod.lost'")).isZero();
    }

    private static void append(Outbox outbox, String event) {
        database.inTransaction(sql -> outbox.append(sql, event, Json.newObject().put("pod", "a-0")))
                .block();
    }

    private static long rows(String condition) {
        return Objects.requireNonNull(database.query(
                        "SELECT count(*) AS n FROM webhook_deliveries WHERE " + condition,
                        row -> Objects.requireNonNull(row.get("n", Long.class)))
                .map(List::getFirst)
                .block());
    }

    private static WebhookConfig config(Map<String, String> values) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(new HashMap<>(values)));
        WebhookConfig config = WebhookConfig.read(reader);
        reader.finish();
        return config;
    }
}
