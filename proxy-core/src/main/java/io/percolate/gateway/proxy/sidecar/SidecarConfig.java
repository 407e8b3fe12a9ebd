package io.percolate.gateway.proxy.sidecar;

import io.percolate.gateway.proxy.sidecar.hook.HookConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.pod.PodRegistration;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * How a sidecar runs.
 *
 * @param capacity hot tenants at most
 * @param advertisedHost what the pod tells others to reach it by
 * @param port 0 takes any
 * @param diskReturns whether the pod comes back by its id with its data, so that a stop is no farewell
 * @param versionLabel of what it runs
 * @param state folder of what the sidecar remembers
 */
public record SidecarConfig(
        PodId id,
        Tier tier,
        int capacity,
        String region,
        String host,
        String advertisedHost,
        int port,
        int eventLoops,
        boolean diskReturns,
        Duration heartbeat,
        Optional<String> versionLabel,
        Path state,
        Application application,
        HookConfig hooks,
        Duration stopGrace) {
    private static final int PORT_DEFAULT = 8000;
    private static final int CAPACITY_MAX = 10_000;
    private static final int CAPACITY_OF_TIER = 0;
    private static final int EVENT_LOOPS_MAX = 16;
    private static final URI APPLICATION_DEFAULT = URI.create("http://127.0.0.1:8080");
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration HOUR = Duration.ofHours(1);

    /**
     * The application, as requests reach it.
     *
     * @param pathPrefix what stands in front of each request's path; {@code {tenant}} in it stands for the tenant
     * @param answerMax how long its answer may take to begin; zero for ever
     * @param idleMax how long a connection to it is kept for a next request
     * @param healthPath answers 2xx when it takes requests; absent where nobody asks
     */
    public record Application(
            URI url,
            String pathPrefix,
            Duration connectTimeout,
            Duration answerMax,
            Duration idleMax,
            Optional<String> healthPath,
            Duration healthInterval,
            Duration healthWait) {}

    public static SidecarConfig read(ConfigReader reader) {
        Tier tier =
                reader.choice("PERCOLATE_TENANT_TIER", Tier.class, Tier.C, "tier of the tenants that this pod hosts");
        int capacity = reader.count(
                "PERCOLATE_MAX_HOT_TENANTS",
                CAPACITY_OF_TIER,
                CAPACITY_OF_TIER,
                CAPACITY_MAX,
                "hot tenants at most; 0 takes the tier's own number (A 8, B 12, C 20)");
        String host = reader.text("SIDECAR_HOST", "0.0.0.0", "address to listen on");
        PodId id = new PodId(reader.optionalText("PERCOLATE_POD_ID", "identity of this pod; random when absent")
                .orElseGet(() -> "pod-" + UUID.randomUUID()));
        String region = reader.text("PERCOLATE_REGION", "default", "region that this pod is in");
        String advertised = reader.optionalText(
                        "PERCOLATE_ADVERTISED_HOST", "what others reach this pod by; else SIDECAR_HOST")
                .orElse(host);
        int port = reader.port("SIDECAR_PORT", PORT_DEFAULT, "port to listen on; 0 takes any");
        int eventLoops = reader.count(
                "SIDECAR_EVENT_LOOPS", 1, 1, EVENT_LOOPS_MAX, "threads that carry requests; one takes some 10,000/s");
        boolean diskReturns = reader.flag(
                "PERCOLATE_DISK_RETURNS",
                false,
                "whether the pod comes back by its id with its data after a stop, as a StatefulSet's does: until then"
                        + " its tenants are waited for, not made anew elsewhere");
        Duration heartbeat = reader.duration(
                "PERCOLATE_HEARTBEAT",
                Duration.ofSeconds(2),
                Duration.ofMillis(100),
                Duration.ofMinutes(1),
                "how often this pod tells the management database that it lives");
        Optional<String> versionLabel = PodRegistration.Registered.readVersionLabel(reader);
        Application application = application(reader);
        HookConfig hooks = HookConfig.read(reader);
        Path state = reader.optionalText(
                        "SIDECAR_STATE_DIR",
                        "folder of what the sidecar remembers of each tenant; on the file system of SIDECAR_DATA_DIR;"
                                + " else .percolate in SIDECAR_DATA_DIR")
                .map(Path::of)
                .orElseGet(() -> hooks.data().resolve(".percolate"));
        return new SidecarConfig(
                id,
                tier,
                capacity == CAPACITY_OF_TIER ? tier.hotTenantsPerPod() : capacity,
                region,
                host,
                advertised,
                port,
                eventLoops,
                diskReturns,
                heartbeat,
                versionLabel,
                state,
                application,
                hooks,
                reader.duration(
                        "SIDECAR_STOP_GRACE",
                        Duration.ofSeconds(10),
                        MILLI,
                        HOUR,
                        "how long requests in flight may take to end once the sidecar is told to stop"));
    }

    private static Application application(ConfigReader reader) {
        URI url = reader.optionalUri(
                        "SIDECAR_APPLICATION_URL",
                        Set.of("http"),
                        "where the application listens; else " + APPLICATION_DEFAULT)
                .orElse(APPLICATION_DEFAULT);
        if (url.getHost() == null || url.getRawPath().length() > 1 || url.getRawQuery() != null) {
            reader.problem("SIDECAR_APPLICATION_URL: expected http://<host>:<port>, got '" + url + "'");
        }
        String prefix = reader.text(
                "SIDECAR_PATH_PREFIX",
                "",
                "put in front of each request's path, {tenant} for the tenant's id: for an application that knows"
                        + " tenants by their directories only");
        if (!prefix.isEmpty() && (!prefix.startsWith("/") || prefix.endsWith("/"))) {
            reader.problem("SIDECAR_PATH_PREFIX: expected a path that begins with a slash and ends with none, got '"
                    + prefix + "'");
        }
        Optional<String> health = reader.optionalText(
                "SIDECAR_APPLICATION_HEALTH_PATH",
                "path at which the application answers 2xx when it takes requests; without it nobody asks");
        if (health.isPresent() && !health.get().startsWith("/")) {
            reader.problem("SIDECAR_APPLICATION_HEALTH_PATH: expected a path, got '" + health.get() + "'");
        }
        return new Application(
                url,
                prefix,
                reader.duration(
                        "SIDECAR_CONNECT_TIMEOUT",
                        Duration.ofSeconds(1),
                        MILLI,
                        HOUR,
                        "how long connecting to the application may take"),
                reader.duration(
                        "SIDECAR_RESPONSE_TIMEOUT",
                        Duration.ofMinutes(1),
                        Duration.ZERO,
                        Duration.ofHours(24),
                        "how long the application may take until its answer begins; 0s for ever"),
                reader.duration(
                        "SIDECAR_APPLICATION_IDLE",
                        Duration.ofSeconds(4),
                        MILLI,
                        HOUR,
                        "how long a connection to the application is kept for a next request; shorter than it keeps it"),
                health,
                reader.duration(
                        "SIDECAR_APPLICATION_HEALTH_INTERVAL",
                        Duration.ofSeconds(2),
                        Duration.ofMillis(10),
                        HOUR,
                        "how often the application's health is asked for"),
                reader.duration(
                        "SIDECAR_APPLICATION_HEALTH_WAIT",
                        Duration.ofSeconds(20),
                        Duration.ZERO,
                        HOUR,
                        "how long a load waits for an application that is not healthy, before it fails"));
    }
}
