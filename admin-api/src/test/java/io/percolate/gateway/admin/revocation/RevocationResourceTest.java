package io.percolate.gateway.admin.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiClient;
import io.percolate.gateway.admin.testing.RunningManagement;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.revocation.Revocations;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

class RevocationResourceTest {
    private static RunningManagement management;
    private static ApiClient api;

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
        api = management.api();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @AfterEach
    void forgetAll() {
        management.database().execute("DELETE FROM token_revocations");
    }

    @Test
    void aTokenIsRevokedOnceHoweverOftenThatIsAsked() {
        String body = "{\"token_id\": \"jti-1\", \"issuer\": \"https://a.example\", \"reason\": \"stolen\"}";

        Answer first = api.post("/v1/revocations", body);
        Answer again = api.post("/v1/revocations", body);

        assertThat(first.status()).as(first.text()).isEqualTo(201);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().get("id")).isEqualTo(first.json().get("id"));
        assertThat(api.get("/v1/revocations").json().get("items")).hasSize(1);
        assertThat(first.header("Location"))
                .isEqualTo("/v1/revocations/" + first.json().get("id").stringValue());
        assertThat(first.json().get("kind").stringValue()).isEqualTo("token");
        assertThat(first.json().get("reason").stringValue()).isEqualTo("stolen");
        assertThat(Instant.parse(first.json().get("expires_at").stringValue()))
                .isAfter(Instant.now().plus(Duration.ofDays(29)));
    }

    @Test
    void askingAgainMovesTheEndOutAndNeverIn() {
        api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 3600}");
        JsonNode longer = api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 7200}")
                .json();
        JsonNode shorter = api.post("/v1/revocations", "{\"session\": \"s\", \"expires_in_seconds\": 60}")
                .json();

        assertThat(shorter.get("expires_at")).isEqualTo(longer.get("expires_at"));
        assertThat(longer.get("issuer").isNull()).isTrue();
    }

    @Test
    void aRevocationOutlivesTheTokensWhoseEndIsGiven() {
        Instant expiry = Instant.now().plus(Duration.ofHours(2));

        JsonNode revoked = api.post(
                        "/v1/revocations", "{\"token_id\": \"t\", \"token_expires_at\": \"" + expiry + "\"}")
                .json();

        assertThat(Instant.parse(revoked.get("expires_at").stringValue()))
                .isBetween(expiry.plus(Duration.ofMinutes(10)), expiry.plus(Duration.ofMinutes(20)));
    }

    @Test
    void everyGatewayThatListensRefusesWhatIsRevokedAMomentLater() {
        List<Listener> gateways = Stream.generate(() -> new Listener(management.database()))
                .limit(3)
                .toList();
        try {
            Latencies latencies = new Latencies();
            for (int i = 0; i < 40; i++) {
                String session = "session-" + i;
                long asked = System.nanoTime();
                assertThat(api.post("/v1/revocations", "{\"session\": \"" + session + "\"}")
                                .status())
                        .isEqualTo(201);
                for (Listener gateway : gateways) {
                    await().atMost(Duration.ofSeconds(10))
                            .pollDelay(Duration.ZERO)
                            .pollInterval(Duration.ofMillis(1))
                            .until(() -> gateway.revocations.isRevoked("", session, "https://a.example"));
                }
                latencies.add(System.nanoTime() - asked);
            }
            latencies.print("revocations in force in 3 gateways after the request to the API");
        } finally {
            gateways.forEach(Listener::close);
        }
    }

    /** What a gateway runs to hear of revocations. */
    private static final class Listener implements AutoCloseable {
        final SimpleMeterRegistry registry = new SimpleMeterRegistry();
        final Revocations revocations = new Revocations(registry, Clock.systemUTC());
        final ManagementDatabase database;
        final RoutingNews news;

        Listener(TestDatabase postgres) {
            ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of("MANAGEMENT_DB_URL", postgres.url())));
            database = ManagementDatabase.open(DatabaseConfig.read(reader), "listener", registry);
            news = new RoutingNews(database, NewsConfig.read(reader), List.of(revocations), registry);
            news.start();
            await().atMost(Duration.ofSeconds(10)).until(() -> news.status().connected());
        }

        @Override
        public void close() {
            news.close();
            database.close().block(Duration.ofSeconds(10));
        }
    }

    /** Times, told for people; nothing is asserted of them but that they end. */
    private static final class Latencies {
        private final List<Long> micros = new ArrayList<>();

        void add(long nanos) {
            micros.add(nanos / 1_000);
        }

        void print(String what) {
            List<Long> sorted = micros.stream().sorted().toList();
            LoggerFactory.getLogger(RevocationResourceTest.class)
                    .info(
                            "{}: median {} us, p95 {} us, longest {} us of {}",
                            what,
                            sorted.get(sorted.size() / 2),
                            sorted.get(sorted.size() * 95 / 100),
                            sorted.getLast(),
                            sorted.size());
        }
    }

    @Test
    void whatIsRevokedIsListedPageByPageUntilItEnds() {
        api.post("/v1/revocations", "{\"token_id\": \"one\"}");
        api.post("/v1/revocations", "{\"session\": \"two\"}");
        management
                .database()
                .execute("INSERT INTO token_revocations (kind, value, expires_at) VALUES ('token', 'old', now())");

        JsonNode page = api.get("/v1/revocations?limit=1").json();
        JsonNode next = api.get("/v1/revocations?limit=1&cursor="
                        + page.get("next_cursor").stringValue())
                .json();

        assertThat(page.get("items").get(0).get("value").stringValue()).isEqualTo("one");
        assertThat(next.get("items").get(0).get("value").stringValue()).isEqualTo("two");
        assertThat(next.get("next_cursor").isNull()).isTrue();
        assertThat(api.get("/v1/revocations?kind=session").json().get("items")).hasSize(1);
        assertThat(api.get("/v1/revocations?value=old").json().get("items")).isEmpty();
    }

    @Test
    void whatIsLiftedIsGone() {
        String id = api.post("/v1/revocations", "{\"token_id\": \"one\"}")
                .json()
                .get("id")
                .stringValue();

        assertThat(api.delete("/v1/revocations/" + id).status()).isEqualTo(204);
        assertThat(api.delete("/v1/revocations/" + id).status()).isEqualTo(404);
        assertThat(api.delete("/v1/revocations/" + UUID.randomUUID()).status()).isEqualTo(404);
        assertThat(api.delete("/v1/revocations/42").status()).isEqualTo(400);
        assertThat(api.get("/v1/revocations").json().get("items")).isEmpty();
    }

    @Test
    void recordsWhoRevokedAndWhoLifted() {
        String id = api.post("/v1/revocations", "{\"token_id\": \"audited\"}")
                .json()
                .get("id")
                .stringValue();
        api.delete("/v1/revocations/" + id);

        JsonNode created = api.get("/v1/audit?action=revocation.created&limit=1")
                .json()
                .get("items")
                .get(0);
        JsonNode lifted = api.get("/v1/audit?action=revocation.lifted&limit=1")
                .json()
                .get("items")
                .get(0);
        assertThat(created.get("actor").stringValue()).isEqualTo("writer");
        assertThat(created.get("resource_type").stringValue()).isEqualTo("revocation");
        assertThat(created.get("metadata").get("token_id").stringValue()).isEqualTo("audited");
        assertThat(lifted.get("metadata").get("revocation").stringValue()).isEqualTo(id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                                | token_id",
                "{\"token_id\": \"a\", \"session\": \"b\"}         | token_id",
                "{\"token_id\": \"\"}                              | token_id",
                "{\"token_id\": 1}                                 | token_id",
                "{\"session\": \"a\\nb\"}                          | session",
                "{\"session\": \"a\", \"expires_in_seconds\": 0}   | expires_in_seconds",
                "{\"session\": \"a\", \"issuer\": \"\"}            | issuer",
                "{\"session\": \"a\", \"token_expires_at\": \"soon\"} | token_expires_at",
                "{\"session\": \"a\", \"token_expires_at\": \"2020-01-01T00:00:00Z\"} | token_expires_at",
                "{\"session\": \"a\", \"token_expires_at\": \"9020-01-01T00:00:00Z\"} | token_expires_at",
                "{\"session\": \"a\", \"tenant\": \"b\"}           | tenant"
            })
    void refusesARevocationThatMakesNoSense(String body, String field) {
        Answer answer = api.post("/v1/revocations", body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.fieldsAtFault()).contains(field);
    }
}
