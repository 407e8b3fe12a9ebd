package io.percolate.gateway.bench.pod;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodRegistration;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * How a tier pod runs.
 *
 * @param capacity hot tenants at most
 * @param advertisedHost what the pod tells others to reach it by
 * @param port 0 takes any
 * @param diskReturns whether another pod of this id will find this one's data, so that a stop is no farewell
 * @param loadDelay how long each load waits first, to look like a pod with more to do
 * @param versionLabel of what it runs
 */
public record TierPodConfig(
        PodId id,
        Tier tier,
        int capacity,
        String region,
        String host,
        String advertisedHost,
        int port,
        Path dataDirectory,
        boolean diskReturns,
        long restoreBytesMax,
        Duration loadDelay,
        Duration heartbeat,
        Optional<String> versionLabel) {
    private static final int PORT_DEFAULT = 8000;
    private static final int CAPACITY_MAX = 10_000;
    private static final int CAPACITY_OF_TIER = 0;
    private static final long RESTORE_BYTES_DEFAULT = 16L << 30;
    private static final long RESTORE_BYTES_LIMIT = 1L << 40;

    public static TierPodConfig read(ConfigReader reader) {
        Tier tier =
                reader.choice("PERCOLATE_TENANT_TIER", Tier.class, Tier.C, "tier of the tenants that this pod hosts");
        int capacity = reader.count(
                "PERCOLATE_MAX_HOT_TENANTS",
                CAPACITY_OF_TIER,
                CAPACITY_OF_TIER,
                CAPACITY_MAX,
                "hot tenants at most; 0 takes the tier's own number (A 8, B 12, C 20)");
        String host = reader.text("PERCOLATE_HOST", "127.0.0.1", "address to listen on");
        return new TierPodConfig(
                new PodId(reader.optionalText("PERCOLATE_POD_ID", "identity of this pod; random when absent")
                        .orElseGet(() -> "pod-" + UUID.randomUUID())),
                tier,
                capacity == CAPACITY_OF_TIER ? tier.hotTenantsPerPod() : capacity,
                reader.text("PERCOLATE_REGION", "default", "region that this pod is in"),
                host,
                reader.optionalText("PERCOLATE_ADVERTISED_HOST", "what others reach this pod by; else PERCOLATE_HOST")
                        .orElse(host),
                reader.port("PERCOLATE_PORT", PORT_DEFAULT, "port to listen on; 0 takes any"),
                Path.of(reader.text("PERCOLATE_DATA_DIR", "data", "folder of the tenants' data")),
                reader.flag(
                        "PERCOLATE_DISK_RETURNS",
                        false,
                        "whether the pod comes back by its id with this folder after a stop, as a StatefulSet's does:"
                                + " until then its tenants are waited for, not made anew elsewhere"),
                reader.size(
                        "PERCOLATE_RESTORE_MAX",
                        RESTORE_BYTES_DEFAULT,
                        1,
                        RESTORE_BYTES_LIMIT,
                        "size of one tenant's data that a load fetches at most"),
                reader.duration(
                        "PERCOLATE_LOAD_DELAY",
                        Duration.ZERO,
                        Duration.ZERO,
                        Duration.ofMinutes(5),
                        "how long each load waits first, to look like a pod with more to do"),
                reader.duration(
                        "PERCOLATE_HEARTBEAT",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(1),
                        "how often this pod tells the management database that it lives"),
                PodRegistration.Registered.readVersionLabel(reader));
    }
}
