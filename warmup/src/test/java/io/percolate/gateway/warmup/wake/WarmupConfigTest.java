package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.placement.Canary;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.OnPodLoss;
import io.percolate.gateway.warmup.pod.PodConfig;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WarmupConfigTest {
    @Test
    void theDefaultsArePinned() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of()));

        assertThat(WarmupConfig.read(reader))
                .isEqualTo(new WarmupConfig(
                        new WakeConfig(
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(5),
                                2_000,
                                8,
                                5_000,
                                64,
                                Duration.ofMillis(10),
                                3,
                                3,
                                Duration.ofSeconds(3),
                                Duration.ofMillis(20),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(50),
                                Duration.ofSeconds(5),
                                Map.of(Tier.A, 1_000, Tier.B, 500, Tier.C, 250),
                                Duration.ofMillis(250),
                                Duration.ofSeconds(30)),
                        new PodConfig(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(10),
                                Duration.ofMinutes(1),
                                Duration.ofSeconds(30),
                                Duration.ofMillis(10),
                                Duration.ofMillis(250),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(15),
                                Map.of(Tier.A, OnPodLoss.WAIT, Tier.B, OnPodLoss.WAIT, Tier.C, OnPodLoss.WAIT),
                                16,
                                64 << 10)));
        reader.finish();
    }

    @Test
    void everyKeyIsMapped() {
        Map<String, String> values = new HashMap<>();
        values.put("GATEWAY_WAKE_TIMEOUT", "61s");
        values.put("GATEWAY_WAKE_LEASE", "6s");
        values.put("GATEWAY_WAKE_FLIGHTS_MAX", "7");
        values.put("GATEWAY_WAKE_DATABASE_CONCURRENCY", "37");
        values.put("GATEWAY_WAKE_WAITERS_MAX", "8");
        values.put("GATEWAY_WAKE_RELEASE_BATCH", "9");
        values.put("GATEWAY_WAKE_RELEASE_INTERVAL", "10ms");
        values.put("GATEWAY_WAKE_CANDIDATES_MAX", "11");
        values.put("GATEWAY_WAKE_RESTARTS_MAX", "12");
        values.put("GATEWAY_WAKE_BUSY_LIMIT", "13s");
        values.put("GATEWAY_WAKE_BUSY_INTERVAL", "14ms");
        values.put("GATEWAY_WAKE_ROOM_WAIT", "31s");
        values.put("GATEWAY_WAKE_SCALE_WAIT", "35s");
        values.put("GATEWAY_WAKE_HOLDER_WAIT", "36s");
        values.put("GATEWAY_WAKE_RATE_A", "32");
        values.put("GATEWAY_WAKE_RATE_B", "33");
        values.put("GATEWAY_WAKE_RATE_C", "34");
        values.put("GATEWAY_WAKE_BACKOFF_MIN", "15ms");
        values.put("GATEWAY_WAKE_BACKOFF_MAX", "16s");
        values.put("GATEWAY_POD_CONNECT_TIMEOUT", "17ms");
        values.put("GATEWAY_POD_CALL_TIMEOUT", "18ms");
        values.put("GATEWAY_POD_EVICT_TIMEOUT", "19s");
        values.put("GATEWAY_POD_SNAPSHOT_TIMEOUT", "90s");
        values.put("GATEWAY_POD_LOAD_TIMEOUT", "20s");
        values.put("GATEWAY_POD_PROBE_INTERVAL_MIN", "21ms");
        values.put("GATEWAY_POD_PROBE_INTERVAL_MAX", "22ms");
        values.put("GATEWAY_POD_PROBE_WAIT", "38ms");
        values.put("GATEWAY_POD_HEARTBEAT_MAX", "23s");
        values.put("GATEWAY_POD_DEAD_AFTER", "24s");
        values.put("GATEWAY_POD_LOSS_A", "restore_snapshot");
        values.put("GATEWAY_POD_LOSS_B", "RESTORE_SNAPSHOT");
        values.put("GATEWAY_POD_LOSS_C", "wait");
        values.put("GATEWAY_POD_CONTROL_CONNECTIONS_MAX", "25");
        values.put("GATEWAY_POD_ANSWER_BYTES_MAX", "26KiB");
        values.put("GATEWAY_PLACEMENT_CANARY_TIER_A", "5% v2");
        values.put("GATEWAY_PLACEMENT_CANARY_TIER_B", "10% v2");
        values.put("GATEWAY_PLACEMENT_CANARY_TIER_C", "0.5% v3");
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));

        assertThat(WarmupConfig.read(reader))
                .isEqualTo(new WarmupConfig(
                        new WakeConfig(
                                Duration.ofSeconds(61),
                                Duration.ofSeconds(6),
                                7,
                                37,
                                8,
                                9,
                                Duration.ofMillis(10),
                                11,
                                12,
                                Duration.ofSeconds(13),
                                Duration.ofMillis(14),
                                Duration.ofSeconds(31),
                                Duration.ofSeconds(35),
                                Duration.ofSeconds(36),
                                Map.of(Tier.A, 32, Tier.B, 33, Tier.C, 34),
                                Duration.ofMillis(15),
                                Duration.ofSeconds(16)),
                        new PodConfig(
                                Duration.ofMillis(17),
                                Duration.ofMillis(18),
                                Duration.ofSeconds(19),
                                Duration.ofSeconds(90),
                                Duration.ofSeconds(20),
                                Duration.ofMillis(21),
                                Duration.ofMillis(22),
                                Duration.ofMillis(38),
                                Duration.ofSeconds(23),
                                Duration.ofSeconds(24),
                                Map.of(
                                        Tier.A,
                                        OnPodLoss.RESTORE_SNAPSHOT,
                                        Tier.B,
                                        OnPodLoss.RESTORE_SNAPSHOT,
                                        Tier.C,
                                        OnPodLoss.WAIT),
                                25,
                                26 << 10),
                        Map.of(
                                Tier.A, new Canary(0.05, "v2"),
                                Tier.B, new Canary(0.1, "v2"),
                                Tier.C, new Canary(0.005, "v3"))));
        assertThat(reader.keys()).extracting(key -> key.name()).containsExactlyInAnyOrderElementsOf(values.keySet());
        reader.finish();
    }

    @Test
    void thoseOfMovesArePinnedAndMapped() {
        ConfigReader unset = new ConfigReader(ConfigSource.of(Map.of()));
        assertThat(MoveConfig.read(unset))
                .isEqualTo(new MoveConfig(
                        Duration.ofSeconds(2),
                        Duration.ofMinutes(5),
                        Duration.ofMillis(500),
                        Duration.ofMillis(20),
                        Duration.ofMillis(10)));
        Map<String, String> values = Map.of(
                "GATEWAY_MOVE_LEASE", "1s",
                "GATEWAY_MOVE_PREPARE_TIMEOUT", "2s",
                "GATEWAY_MOVE_WATCH_INTERVAL", "3ms",
                "GATEWAY_MOVE_NOTICE", "4ms",
                "GATEWAY_MOVE_BUSY_INTERVAL", "5ms");
        ConfigReader reader = new ConfigReader(ConfigSource.of(values));
        assertThat(MoveConfig.read(reader))
                .isEqualTo(new MoveConfig(
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(3),
                        Duration.ofMillis(4),
                        Duration.ofMillis(5)));
        assertThat(reader.keys()).extracting(key -> key.name()).containsExactlyInAnyOrderElementsOf(values.keySet());
    }

    @Test
    void boundsThatContradictEachOtherAreReportedTogether() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_WAKE_BACKOFF_MIN", "1m",
                "GATEWAY_POD_PROBE_INTERVAL_MIN", "1s",
                "GATEWAY_POD_HEARTBEAT_MAX", "1m")));

        WarmupConfig.read(reader);

        assertThatThrownBy(reader::finish)
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        problems -> assertThat(problems.problems()).hasSize(3));
    }
}
