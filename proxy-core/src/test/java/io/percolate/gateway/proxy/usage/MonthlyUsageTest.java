package io.percolate.gateway.proxy.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Gateways that count one tenant's month, by a real PostgreSQL. */
class MonthlyUsageTest {
    private static TestDatabase server;
    private static ManagementDatabase database;

    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final SettableClock clock = new SettableClock();
    private final Unsteady line = new Unsteady();

    @BeforeAll
    static void open() {
        server = PostgresFixture.freshDatabase();
        database = ManagementDatabase.open(
                DatabaseConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                        "GATEWAY_DB_POOL_MIN", "0",
                        "MANAGEMENT_DB_URL", server.url(),
                        "GATEWAY_DB_CONNECT_TIMEOUT", "30s",
                        "GATEWAY_DB_STATEMENT_TIMEOUT", "30s",
                        "GATEWAY_DB_ACQUIRE_TIMEOUT", "30s")))),
                "test",
                new SimpleMeterRegistry());
    }

    @AfterAll
    static void close() {
        database.close().block();
        server.close();
    }

    @BeforeEach
    void provision() {
        server.execute(
                "INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant + "@example.com', 'C')");
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.parse("2026-01-31T23:59:50Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    /** A database whose answers can get lost. */
    private static final class Unsteady implements Statements {
        private boolean losesAnswers;

        @Override
        public Mono<Long> update(String sql, Object... binds) {
            Mono<Long> update = database.update(sql, binds);
            return losesAnswers ? update.then(Mono.error(new IllegalStateException("the answer got lost"))) : update;
        }

        @Override
        public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
            return database.query(sql, mapper, binds);
        }
    }

    private MonthlyUsage gateway() {
        return MonthlyUsage.in(line, UUID.randomUUID(), 1_000, Duration.ofSeconds(2), clock);
    }

    private void count(MonthlyUsage gateway, int requests) {
        for (int i = 0; i < requests; i++) {
            count(gateway, tenant);
        }
    }

    private static void count(MonthlyUsage gateway, TenantId tenant) {
        Objects.requireNonNull(gateway.of(tenant, System.nanoTime())).add(System.nanoTime());
    }

    private boolean isSpent(MonthlyUsage gateway, long max) {
        return Objects.requireNonNull(gateway.of(tenant, System.nanoTime())).isSpent(max, System.nanoTime());
    }

    private static long written(TenantId tenant, LocalDate month) throws SQLException {
        try (var connection = server.connect();
                var rows = connection
                        .createStatement()
                        .executeQuery("SELECT COALESCE(sum(requests), 0) FROM tenant_usage WHERE tenant_id = '" + tenant
                                + "' AND month = '" + month + "'")) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Test
    void gatewaysCountOneMonthAndOneThatStartsKnowsIt() throws SQLException {
        MonthlyUsage first = gateway();
        MonthlyUsage second = gateway();
        count(first, 60);
        count(second, 30);
        first.write().block();
        second.write().block();
        assertThat(isSpent(second, 91)).isFalse();
        assertThat(isSpent(second, 90)).isTrue();
        // The first has not written since; it knows what it counts itself.
        assertThat(isSpent(first, 61)).isFalse();
        count(first, 1);
        assertThat(isSpent(first, 61)).isTrue();
        first.write().block();
        assertThat(isSpent(first, 91)).isTrue();

        MonthlyUsage restarted = gateway();
        assertThat(isSpent(restarted, 91)).isFalse();
        count(restarted, 1);
        restarted.write().block();
        assertThat(isSpent(restarted, 92)).isTrue();
        assertThat(written(tenant, LocalDate.of(2026, 1, 1))).isEqualTo(92);
    }

    @Test
    void aBatchWhoseAnswerWasLostIsNotAddedTwice() throws SQLException {
        MonthlyUsage gateway = gateway();
        count(gateway, 7);
        line.losesAnswers = true;
        assertThat(gateway.write().block()).isZero();
        count(gateway, 5);
        assertThat(isSpent(gateway, 12)).isTrue();
        assertThat(gateway.write().block()).isZero();
        line.losesAnswers = false;

        gateway.write().block();

        assertThat(written(tenant, LocalDate.of(2026, 1, 1))).isEqualTo(12);
        assertThat(isSpent(gateway, 13)).isFalse();
        assertThat(isSpent(gateway, 12)).isTrue();
    }

    @Test
    void aMonthBeginsAnew() throws SQLException {
        MonthlyUsage gateway = gateway();
        count(gateway, 10);
        gateway.write().block();
        assertThat(isSpent(gateway, 10)).isTrue();
        assertThat(gateway.untilNextMonth()).isEqualTo(Duration.ofSeconds(10));

        clock.now = Instant.parse("2026-02-01T00:00:01Z");
        gateway.write().block();
        assertThat(isSpent(gateway, 10)).isFalse();
        count(gateway, 4);
        gateway.write().block();

        assertThat(written(tenant, LocalDate.of(2026, 1, 1))).isEqualTo(10);
        assertThat(written(tenant, LocalDate.of(2026, 2, 1))).isEqualTo(4);
        assertThat(isSpent(gateway, 4)).isTrue();
    }

    @Test
    void aTenantThatIsGoneKeepsNoOtherFromBeingCounted() throws SQLException {
        MonthlyUsage gateway = gateway();
        count(gateway, 3);
        count(gateway, new TenantId(UUID.randomUUID()));

        assertThat(gateway.write().block()).isEqualTo(2);
        assertThat(gateway.write().block()).isZero();
        assertThat(written(tenant, LocalDate.of(2026, 1, 1))).isEqualTo(3);
    }
}
