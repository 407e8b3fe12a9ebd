package io.percolate.gateway.routing.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.stack.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The deny lists of two gateways at one database. */
class RevocationsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TestDatabase postgres;
    private Node first;
    private Node second;

    private static final class Node implements AutoCloseable {
        final SimpleMeterRegistry registry = new SimpleMeterRegistry();
        final Revocations revocations = new Revocations(registry, Clock.systemUTC());
        final ManagementDatabase database;
        RoutingNews news;

        Node(TestDatabase postgres) {
            database = ManagementDatabase.open(
                    Settings.read(
                            DatabaseConfig::read,
                            "MANAGEMENT_DB_URL",
                            postgres.url(),
                            // Pages of many rows, on machines that run many tests at once.
                            "GATEWAY_DB_STATEMENT_TIMEOUT",
                            "20s"),
                    "test",
                    registry);
            news = listen();
        }

        private RoutingNews listen() {
            RoutingNews listening = new RoutingNews(
                    database, Settings.read(NewsConfig::read), List.of(revocations), new SimpleMeterRegistry());
            listening.start();
            await().atMost(PATIENCE).until(() -> listening.status().connected());
            return listening;
        }

        void deafen() {
            news.close();
            await().atMost(PATIENCE).until(() -> !news.status().connected());
        }

        void hearAgain() {
            news = listen();
        }

        boolean refuses(String token, String session, String issuer) {
            return revocations.isRevoked(token, session, issuer);
        }

        @Override
        public void close() {
            news.close();
            database.close().block(PATIENCE);
        }
    }

    @BeforeEach
    void start() {
        postgres = PostgresFixture.freshDatabase();
        first = new Node(postgres);
        second = new Node(postgres);
    }

    @AfterEach
    void stop() {
        first.close();
        second.close();
        postgres.close();
    }

    private void revoke(String kind, String value, String issuer, String lifetime) {
        postgres.execute("INSERT INTO token_revocations (kind, value, issuer, expires_at) VALUES ('" + kind + "', '"
                + value + "', '" + issuer + "', now() + interval '" + lifetime + "')");
    }

    private static void soon(java.util.concurrent.Callable<Boolean> condition) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(condition);
    }

    @Test
    void whatIsRevokedIsRefusedEverywhereAndTheGenerationMoves() {
        long before = second.revocations.generation();

        revoke("token", "jti-1", "", "1 hour");
        revoke("session", "sid-1", "https://a.example", "1 hour");

        soon(() -> first.refuses("jti-1", "", "any") && second.refuses("jti-1", "other", "any"));
        soon(() -> first.refuses("x", "sid-1", "https://a.example"));
        assertThat(first.refuses("x", "sid-1", "https://b.example")).isFalse();
        assertThat(first.refuses("sid-1", "jti-1", "https://a.example"))
                .as("the kinds apart")
                .isFalse();
        assertThat(first.refuses("", "", "")).isFalse();
        assertThat(second.revocations.generation()).isGreaterThan(before);
        assertThat(first.registry.get("token.revocations").gauge().value()).isEqualTo(2);
    }

    @Test
    void whatIsLiftedIsAcceptedAgain() {
        revoke("token", "jti-1", "https://a.example", "1 hour");
        revoke("token", "jti-1", "https://b.example", "1 hour");
        soon(() -> first.refuses("jti-1", "", "https://b.example"));

        postgres.execute("DELETE FROM token_revocations WHERE issuer = 'https://a.example'");

        soon(() -> !first.refuses("jti-1", "", "https://a.example"));
        assertThat(first.refuses("jti-1", "", "https://b.example")).isTrue();
    }

    @Test
    void whatHasEndedIsForgotten() {
        revoke("token", "short", "", "1 second");
        revoke("token", "long", "", "1 hour");

        soon(() -> first.refuses("long", "", ""));
        soon(() -> !first.refuses("short", "", ""));
    }

    @Test
    void whoDidNotListenMakesUpForAllOfIt() {
        // given
        revoke("token", "lifted meanwhile", "", "1 hour");
        revoke("token", "kept", "", "1 hour");
        soon(() -> first.refuses("kept", "", "") && first.refuses("lifted meanwhile", "", ""));
        first.deafen();

        // when
        revoke("token", "missed", "", "1 hour");
        postgres.execute("DELETE FROM token_revocations WHERE value = 'lifted meanwhile'");
        soon(() -> second.refuses("missed", "", ""));
        assertThat(first.refuses("missed", "", "")).isFalse();
        assertThat(first.refuses("kept", "", "")).as("while deaf").isTrue();
        first.hearAgain();

        // then
        assertThat(first.refuses("missed", "", "")).isTrue();
        assertThat(first.refuses("kept", "", "")).isTrue();
        assertThat(first.refuses("lifted meanwhile", "", "")).isFalse();
    }

    @Test
    void moreThanAPageIsRead() {
        first.deafen();
        postgres.execute("INSERT INTO token_revocations (kind, value, expires_at)"
                + " SELECT 'token', 'jti-' || n, now() + interval '1 hour' FROM generate_series(1, 12000) n");

        first.hearAgain();

        assertThat(first.refuses("jti-1", "", "")).isTrue();
        assertThat(first.refuses("jti-12000", "", "")).isTrue();
        assertThat(first.registry.get("token.revocations").gauge().value()).isEqualTo(12_000);
    }

    @Test
    void nobodyIsLetInBeforeTheListWasRead() {
        Revocations fresh = new Revocations(new SimpleMeterRegistry(), Clock.systemUTC());

        assertThat(fresh.isLoaded()).isFalse();
        assertThat(first.revocations.isLoaded()).isTrue();
        assertThat(Revocations.none(new SimpleMeterRegistry(), Clock.systemUTC())
                        .isLoaded())
                .isTrue();
    }

    @Test
    void entriesThatHaveEndedTakeNoRoomForEver() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        Revocations crowded = new Revocations(registry, Clock.systemUTC());
        long ended = System.currentTimeMillis() - 1;
        for (int i = 0; i < 50_000; i++) {
            crowded.received("add\ntoken\n" + ended + "\n\njti-" + i);
        }

        assertThat(registry.get("token.revocations").gauge().value()).isLessThanOrEqualTo(10_000);
    }

    @Test
    void refusesAMessageThatItDoesNotUnderstand() {
        assertThatIllegalArgumentException().isThrownBy(() -> Revocation.Message.parse("add\ntoken\n1\n"));
        assertThatIllegalArgumentException().isThrownBy(() -> Revocation.Message.parse("drop\ntoken\n1\n\nx"));
        assertThatIllegalArgumentException().isThrownBy(() -> Revocation.Message.parse("add\ncookie\n1\n\nx"));
    }
}
