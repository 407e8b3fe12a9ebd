package io.percolate.gateway.routing.replica;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.postgres.DatabaseHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Which servers may answer for routes in place of the primary.
 *
 * @param servers each by an address of its own; they hold the primary's database, users and passwords
 * @param ageMax an answer may be this old, and lacks no change that was announced before
 * @param markInterval how often a mark is written to the primary and looked for on the replicas
 * @param timeout how long a replica has for an answer, before the primary is asked
 */
public record ReplicaConfig(List<DatabaseHost> servers, Duration ageMax, Duration markInterval, Duration timeout) {
    /** Servers at most. */
    private static final int SERVERS_MAX = 16;

    public ReplicaConfig {
        servers = List.copyOf(servers);
    }

    public static ReplicaConfig read(ConfigReader reader) {
        List<String> texts = reader.list(
                "GATEWAY_DB_REPLICAS",
                List.of(),
                "read replicas of the management database that may answer for routes, as host:port, parted by commas;"
                        + " reached with user, password and TLS of MANAGEMENT_DB_URL");
        List<DatabaseHost> servers = new ArrayList<>();
        for (String text : texts) {
            DatabaseHost.parse(text)
                    .ifPresentOrElse(
                            servers::add,
                            () -> reader.problem("GATEWAY_DB_REPLICAS: expected host:port, got '" + text + "'"));
        }
        if (servers.size() > SERVERS_MAX || servers.stream().distinct().count() < servers.size()) {
            reader.problem("GATEWAY_DB_REPLICAS: expected at most " + SERVERS_MAX + " different servers, got " + texts);
        }
        Duration ageMax = reader.duration(
                "GATEWAY_DB_REPLICA_AGE_MAX",
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                Duration.ofMinutes(5),
                "how old an answer of a replica may be; one further behind is not asked while the primary is up");
        Duration markInterval = reader.duration(
                "GATEWAY_DB_REPLICA_MARK_INTERVAL",
                Duration.ofMillis(500),
                Duration.ofMillis(20),
                Duration.ofMinutes(1),
                "how often a mark is written to the primary, by which the age of replicas is known");
        if (ageMax.compareTo(markInterval.plus(markInterval)) < 0) {
            reader.problem("GATEWAY_DB_REPLICA_AGE_MAX: expected at least twice GATEWAY_DB_REPLICA_MARK_INTERVAL ("
                    + markInterval.toMillis() + " ms), got " + ageMax.toMillis() + " ms");
        }
        return new ReplicaConfig(
                servers,
                ageMax,
                markInterval,
                reader.duration(
                        "GATEWAY_DB_REPLICA_TIMEOUT",
                        Duration.ofMillis(250),
                        Duration.ofMillis(10),
                        Duration.ofSeconds(10),
                        "how long a replica has for an answer, before the primary is asked"));
    }
}
