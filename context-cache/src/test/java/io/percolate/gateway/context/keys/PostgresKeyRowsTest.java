package io.percolate.gateway.context.keys;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

class PostgresKeyRowsTest {
    private static TestDatabase database;
    private static ManagementDatabase one;
    private static ManagementDatabase two;

    private final TenantId tenant = new TenantId(UUID.randomUUID());

    @BeforeAll
    static void open() {
        database = PostgresFixture.freshDatabase();
        one = management();
        two = management();
    }

    @AfterAll
    static void close() {
        one.close().block(Duration.ofSeconds(10));
        two.close().block(Duration.ofSeconds(10));
        database.close();
    }

    @Test
    void twoProcessesThatSealAtOnceAgreeOnOneKey() {
        insertTenant();

        List<TenantKey> made = await(Flux.range(0, 20)
                .flatMap(i -> keys(i % 2 == 0 ? one : two).sealing(tenant), 20)
                .collectList());

        assertThat(made).hasSize(20).allSatisfy(key -> assertThat(key.version()).isEqualTo(1));
        assertThat(await(new PostgresKeyRows(one).all(tenant))).hasSize(1);
    }

    @Test
    void rowsComeBackAsTheyWerePutOldestFirst() {
        insertTenant();
        PostgresKeyRows rows = new PostgresKeyRows(one);
        KeyRow first = new KeyRow(1, "a", ByteBuffer.wrap(new byte[] {1, 2}), false);
        KeyRow second = new KeyRow(2, "a", ByteBuffer.wrap(new byte[0]), false);
        KeyRow rewrapped = new KeyRow(1, "b", ByteBuffer.wrap(new byte[] {3}), false);

        assertThat(await(rows.ofVersion(tenant, 1))).isEmpty();
        assertThat(await(rows.insert(tenant, second))).isTrue();
        assertThat(await(rows.insert(tenant, first))).isTrue();
        assertThat(await(rows.insert(tenant, rewrapped))).isFalse();
        assertThat(await(rows.all(tenant))).containsExactly(first, second);
        assertThat(await(rows.rewrap(tenant, rewrapped, "none"))).isFalse();
        assertThat(await(rows.rewrap(tenant, rewrapped, "a"))).isTrue();
        assertThat(await(rows.ofVersion(tenant, 1))).contains(rewrapped);

        database.execute(
                "UPDATE tenant_keys SET retired_at = now() WHERE tenant_id = '" + tenant + "' AND key_version = 2");
        assertThat(await(rows.ofVersion(tenant, 2)).orElseThrow().retired()).isTrue();
    }

    @Test
    void theNewestEpochOfAContextIsKeptWithEveryKeyAndNeverGoesBack() {
        insertTenant();
        PostgresKeyRows rows = new PostgresKeyRows(one);
        await(rows.insert(tenant, new KeyRow(1, "a", ByteBuffer.wrap(new byte[1]), false)));

        assertThat(await(rows.all(tenant)).getFirst().contextEpoch()).isZero();
        await(rows.contextWritten(tenant, 5).thenReturn(true));
        await(rows.contextWritten(tenant, 4).thenReturn(true));
        assertThat(await(rows.ofVersion(tenant, 1)).orElseThrow().contextEpoch())
                .isEqualTo(5);
        await(rows.contextWritten(tenant, 6).thenReturn(true));
        assertThat(await(rows.all(tenant)).getFirst().contextEpoch()).isEqualTo(6);
        await(rows.contextWritten(new TenantId(UUID.randomUUID()), 1).thenReturn(true));
    }

    @Test
    void tenantsWhoseKeysOthersWrapAreFoundPageByPage() {
        insertTenant();
        PostgresKeyRows rows = new PostgresKeyRows(one);
        await(rows.insert(tenant, new KeyRow(1, "a", ByteBuffer.wrap(new byte[1]), false)));
        await(rows.insert(tenant, new KeyRow(2, "b", ByteBuffer.wrap(new byte[1]), false)));

        assertThat(await(rows.wrappedByOthers("b", Optional.empty(), 1_000))).contains(tenant);
        assertThat(await(rows.wrappedByOthers("c", Optional.empty(), 1_000))).containsOnlyOnce(tenant);
        assertThat(await(rows.wrappedByOthers("b", Optional.of(tenant), 1_000))).doesNotContain(tenant);
    }

    @Test
    void aTenantThatIsNotThereGetsNoKey() {
        StepVerifier.create(keys(one).sealing(tenant))
                .expectErrorSatisfies(error ->
                        assertThat(FailureException.failureOf(error).kind()).isEqualTo(FailureKind.TENANT_UNKNOWN))
                .verify(Duration.ofSeconds(10));
    }

    private void insertTenant() {
        database.execute(
                "INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant + "@example.org', 'A')");
    }

    private static TenantKeys keys(ManagementDatabase through) {
        return new TenantKeys(
                new PostgresKeyRows(through),
                new KeysConfig(
                        KeyEncryptionKeys.parse(new Secret("k:" + "A".repeat(43) + "=")), 10, Duration.ofMinutes(1)));
    }

    private static ManagementDatabase management() {
        DatabaseConfig config =
                DatabaseConfig.read(new ConfigReader(ConfigSource.of(Map.of("MANAGEMENT_DB_URL", database.url()))));
        return ManagementDatabase.open(config, "keys-test", new SimpleMeterRegistry());
    }
}
