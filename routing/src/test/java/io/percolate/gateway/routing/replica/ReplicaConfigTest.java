package io.percolate.gateway.routing.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.postgres.DatabaseHost;
import io.percolate.gateway.routing.stack.Settings;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaConfigTest {
    @Test
    void defaults() {
        assertThat(Settings.read(ReplicaConfig::read))
                .isEqualTo(new ReplicaConfig(
                        List.of(), Duration.ofSeconds(2), Duration.ofMillis(500), Duration.ofMillis(250)));
    }

    @Test
    void everyKeyIsMapped() {
        assertThat(Settings.read(
                        ReplicaConfig::read,
                        "GATEWAY_DB_REPLICAS",
                        "db2.example:6543,[::1]",
                        "GATEWAY_DB_REPLICA_AGE_MAX",
                        "3s",
                        "GATEWAY_DB_REPLICA_MARK_INTERVAL",
                        "1s",
                        "GATEWAY_DB_REPLICA_TIMEOUT",
                        "40ms"))
                .isEqualTo(new ReplicaConfig(
                        List.of(new DatabaseHost("db2.example", 6543), new DatabaseHost("::1", 5432)),
                        Duration.ofSeconds(3),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(40)));
    }

    @Test
    void whatCannotWorkIsRefused() {
        assertThatThrownBy(() -> Settings.read(
                        ReplicaConfig::read,
                        "GATEWAY_DB_REPLICAS",
                        "db2,db2,db3:x",
                        "GATEWAY_DB_REPLICA_AGE_MAX",
                        "900ms"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("expected host:port, got 'db3:x'")
                .hasMessageContaining("different servers")
                .hasMessageContaining("at least twice GATEWAY_DB_REPLICA_MARK_INTERVAL (500 ms), got 900 ms");
    }
}
