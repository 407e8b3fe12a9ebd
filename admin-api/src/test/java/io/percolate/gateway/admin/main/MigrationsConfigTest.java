package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.admin.health.HealthConfig;
import io.percolate.gateway.admin.migration.MigrationConfig;
import io.percolate.gateway.admin.rebalance.RebalanceConfig;
import io.percolate.gateway.admin.webhook.WebhookConfig;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigKey;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MigrationsConfigTest {
    @Test
    void hasTheseDefaults() {
        MigrationsConfig config = read(Map.of());

        assertThat(config.migration())
                .isEqualTo(new MigrationConfig(
                        Duration.ofMillis(500),
                        Duration.ofSeconds(10),
                        8,
                        20,
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(4),
                        4,
                        100_000,
                        Duration.ofDays(30)));
        assertThat(config.health())
                .isEqualTo(new HealthConfig(
                        Duration.ofMillis(500),
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(2),
                        50,
                        16,
                        Duration.ofMinutes(5),
                        Map.of(Tier.A, Duration.ZERO, Tier.B, Duration.ZERO, Tier.C, Duration.ZERO),
                        4));
        assertThat(config.rebalance())
                .isEqualTo(new RebalanceConfig(Set.of(Tier.B, Tier.C), 125, 200, 2, 120, Duration.ofMinutes(10)));
        assertThat(config.webhook())
                .isEqualTo(new WebhookConfig(
                        Optional.empty(), Optional.empty(), Duration.ofSeconds(10), Duration.ofDays(1), 4));
    }

    @Test
    void readsEveryKey() {
        Map<String, String> values = new HashMap<>();
        values.put("MANAGEMENT_MIGRATION_INTERVAL", "11ms");
        values.put("MANAGEMENT_MIGRATION_LEASE", "12s");
        values.put("MANAGEMENT_MIGRATION_WORKERS", "13");
        values.put("MANAGEMENT_MIGRATION_ATTEMPTS_MAX", "14");
        values.put("MANAGEMENT_MIGRATION_BACKOFF_MIN", "15ms");
        values.put("MANAGEMENT_MIGRATION_BACKOFF_MAX", "16s");
        values.put("MANAGEMENT_MIGRATION_HOLD_MAX", "17s");
        values.put("MANAGEMENT_MIGRATION_CONCURRENCY", "18");
        values.put("MANAGEMENT_MIGRATION_TENANTS_MAX", "19");
        values.put("MANAGEMENT_MIGRATION_RETENTION", "20d");
        values.put("MANAGEMENT_POD_CHECK_INTERVAL", "21ms");
        values.put("MANAGEMENT_POD_LATE_AFTER", "22s");
        values.put("MANAGEMENT_POD_LOST_AFTER", "23s");
        values.put("MANAGEMENT_POD_LOST_PERCENT_MAX", "24");
        values.put("MANAGEMENT_POD_LOSS_WAKES_MAX", "25");
        values.put("MANAGEMENT_RECONCILE_INTERVAL", "26s");
        values.put("MANAGEMENT_SNAPSHOT_INTERVAL_A", "27s");
        values.put("MANAGEMENT_SNAPSHOT_INTERVAL_B", "28s");
        values.put("MANAGEMENT_SNAPSHOT_INTERVAL_C", "29s");
        values.put("MANAGEMENT_SNAPSHOTS_MAX", "30");
        values.put("MANAGEMENT_REBALANCE_TIER_A", "true");
        values.put("MANAGEMENT_REBALANCE_TIER_B", "false");
        values.put("MANAGEMENT_REBALANCE_TIER_C", "false");
        values.put("MANAGEMENT_REBALANCE_RATIO_PERCENT", "131");
        values.put("MANAGEMENT_REBALANCE_MOVES_MAX", "32");
        values.put("MANAGEMENT_REBALANCE_CONCURRENCY", "33");
        values.put("MANAGEMENT_REBALANCE_MOVES_PER_HOUR", "34");
        values.put("MANAGEMENT_REBALANCE_SETTLE", "35s");
        values.put("MANAGEMENT_WEBHOOK_URL", "https://hooks.example/percolate");
        values.put("MANAGEMENT_WEBHOOK_SECRET", "whsec_c2VjcmV0");
        values.put("MANAGEMENT_WEBHOOK_TIMEOUT", "36s");
        values.put("MANAGEMENT_WEBHOOK_GIVE_UP_AFTER", "37s");
        values.put("MANAGEMENT_WEBHOOK_CONCURRENCY", "38");

        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        MigrationsConfig config = MigrationsConfig.read(reader);
        reader.finish();

        assertThat(config.migration())
                .isEqualTo(new MigrationConfig(
                        Duration.ofMillis(11),
                        Duration.ofSeconds(12),
                        13,
                        14,
                        Duration.ofMillis(15),
                        Duration.ofSeconds(16),
                        Duration.ofSeconds(17),
                        18,
                        19,
                        Duration.ofDays(20)));
        assertThat(config.health())
                .isEqualTo(new HealthConfig(
                        Duration.ofMillis(21),
                        Duration.ofSeconds(22),
                        Duration.ofSeconds(23),
                        24,
                        25,
                        Duration.ofSeconds(26),
                        Map.of(
                                Tier.A,
                                Duration.ofSeconds(27),
                                Tier.B,
                                Duration.ofSeconds(28),
                                Tier.C,
                                Duration.ofSeconds(29)),
                        30));
        assertThat(config.rebalance())
                .isEqualTo(new RebalanceConfig(Set.of(Tier.A), 131, 32, 33, 34, Duration.ofSeconds(35)));
        assertThat(config.webhook())
                .isEqualTo(new WebhookConfig(
                        Optional.of(URI.create("https://hooks.example/percolate")),
                        Optional.of(new Secret("whsec_c2VjcmV0")),
                        Duration.ofSeconds(36),
                        Duration.ofSeconds(37),
                        38));
        assertThat(reader.keys().stream()
                        .map(ConfigKey::name)
                        .filter(name -> name.startsWith("MANAGEMENT_") && !name.endsWith("_FILE")))
                .containsExactlyInAnyOrderElementsOf(values.keySet());
    }

    @Test
    void misspelledKeysAndContradictionsStopTheStart() {
        assertThatThrownBy(() -> read(Map.of(
                        "MANAGEMENT_MIGRATION_WORKER", "1",
                        "MANAGEMENT_MIGRATION_BACKOFF_MIN", "2m",
                        "MANAGEMENT_WEBHOOK_URL", "http://hooks.example/")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("MANAGEMENT_MIGRATION_WORKER is not a known key; did you mean")
                .hasMessageContaining("MANAGEMENT_MIGRATION_BACKOFF_MIN must not exceed")
                .hasMessageContaining("MANAGEMENT_WEBHOOK_URL needs MANAGEMENT_WEBHOOK_SECRET");
    }

    private static MigrationsConfig read(Map<String, String> values) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        MigrationsConfig config = MigrationsConfig.read(reader);
        reader.finish();
        return config;
    }
}
