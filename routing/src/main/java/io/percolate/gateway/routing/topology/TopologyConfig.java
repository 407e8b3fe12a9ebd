package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * How the topology is kept up to date.
 *
 * @param refresh how often it is read anew though no change was heard: pods that die announce nothing
 * @param heartbeatMax a pod of a shard with an older heartbeat is sent nothing
 */
public record TopologyConfig(Duration refresh, Duration heartbeatMax) {
    /** Reads the keys {@code GATEWAY_TOPOLOGY_*}. */
    public static TopologyConfig read(ConfigReader reader) {
        return new TopologyConfig(
                reader.duration(
                        "GATEWAY_TOPOLOGY_REFRESH",
                        Duration.ofSeconds(5),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "shards, their pods and regions are read anew this often, besides after each change"),
                reader.duration(
                        "GATEWAY_TOPOLOGY_HEARTBEAT_MAX",
                        Duration.ofSeconds(15),
                        Duration.ofMillis(100),
                        Duration.ofHours(1),
                        "a pod of a shard with an older heartbeat is sent nothing"));
    }
}
