package io.percolate.gateway.proxy.engine;

import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStart;
import io.percolate.gateway.proxy.fault.FaultConfig;
import io.percolate.gateway.proxy.fault.Faults;
import io.percolate.gateway.proxy.generate.HttpGenerator;
import io.percolate.gateway.proxy.limit.LimitsConfig;
import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.usage.MonthlyUsage;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.quota.SharedQuotas;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A running edge with one event loop, one tenant and actors that a test sets. */
final class TestEdge implements AutoCloseable {
    static final TenantId TENANT = TenantId.of("6f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
    static final String TOKEN = "aaa.bbb.ccc";
    private static final Duration CLOSE_BOUND = Duration.ofMillis(1);

    final Actors.Tokens tokens = new Actors.Tokens();
    final Actors.Routes routes = new Actors.Routes();
    final Actors.Wakes wakes = new Actors.Wakes();
    final Actors.Contexts contexts = new Actors.Contexts();
    final List<RequestTimeline> timelines = new CopyOnWriteArrayList<>();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final TenantLimiter limits;
    final @Nullable Faults faults;
    final EdgeServer server;
    private final Optional<HttpGenerator> generator;

    /** Starts one with these settings, as pairs of key and value. */
    TestEdge(String... settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_EDGE_HOST", "127.0.0.1",
                "GATEWAY_EDGE_PORT", "0",
                "GATEWAY_EDGE_EVENT_LOOPS", "1",
                // A machine that is busy with builds must not close the connections of tests.
                "GATEWAY_OVERLOAD_INTERVAL", "0s",
                // Scripts are for the connections of requests.
                "GATEWAY_HEALTH_INTERVAL", "0s"));
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        ConfigReader reader = new ConfigReader(ConfigSource.of(environment));
        EdgeConfig edge = EdgeConfig.read(reader);
        UpstreamConfig upstream = UpstreamConfig.read(reader);
        ColdConfig cold = ColdConfig.read(reader);
        LimitsConfig limited = LimitsConfig.read(reader);
        FaultConfig faulty = FaultConfig.read(reader);
        reader.finish();
        faults = Faults.of(faulty, registry);
        limits = new TenantLimiter(
                limited, SharedQuotas.NONE, () -> 1, MonthlyUsage.ofThisProcess(1_000, Clock.systemUTC()));
        generator = HttpGenerator.open(cold.generate(), registry);
        server = EdgeServer.start(
                edge,
                upstream,
                tokens,
                routes,
                new ColdStart(cold, contexts, wakes, generator.orElse(null)),
                limits,
                faults,
                timelines::add);
        tokens.accept(TOKEN, TENANT);
    }

    /** Makes the tenant hot in this pod. */
    TestEdge hotIn(ScriptedPod pod) {
        routes.put(hot(pod.address(), 1));
        return this;
    }

    /** What was recorded of the first request, once it is over. */
    RequestTimeline timeline() {
        await().until(() -> !timelines.isEmpty());
        return timelines.getFirst();
    }

    /** Where its listener of this place in the configuration listens. */
    InetSocketAddress address(int listener) {
        return server.listeners().get(listener).address();
    }

    RawClient client() throws IOException {
        return new RawClient(server.address());
    }

    /** Sends every byte in a packet of its own, each read by the edge before the next is sent, until it has ended. */
    void sendByteByByte(RawClient client, String text) throws Exception {
        for (int i = 0; i < text.length(); i++) {
            if (!sendAlone(client, text.substring(i, i + 1))) {
                return;
            }
        }
    }

    /** Sends these bytes and lets the edge read them; false when it has ended the connection. */
    boolean sendAlone(RawClient client, String text) throws Exception {
        try {
            client.send(text);
        } catch (SocketException ended) {
            return false;
        }
        // A loop reads what is there before it runs what is to be run; the first may fall into the round before.
        for (int round = 0; round < 2; round++) {
            server.eventLoops().getFirst().submit(() -> {}).get(10, TimeUnit.SECONDS);
        }
        return true;
    }

    static TenantRoute hot(PodAddress pod, long epoch) {
        return route(Residency.HOT, TenantStatus.ACTIVE, Tier.B, pod, epoch);
    }

    static TenantRoute cold() {
        return route(Residency.COLD, TenantStatus.ACTIVE, Tier.B, null, 0);
    }

    static TenantRoute route(
            Residency residency, TenantStatus status, Tier tier, @Nullable PodAddress pod, long epoch) {
        return new TenantRoute(
                TENANT,
                tier,
                status,
                SecurityMode.NODE_BASED,
                residency,
                pod == null ? null : new Placement(new PodId("pod-" + pod.port()), Tier.B, pod, epoch),
                epoch,
                "default",
                null,
                null,
                epoch);
    }

    /** A request without body, with the tenant's token. */
    static String get(String target, String... fields) {
        return request("GET", target, fields) + "\r\n";
    }

    /** A request's head without the empty line, with the tenant's token. */
    static String request(String method, String target, String... fields) {
        StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nHost: tenant.example\r\n"
                + "Authorization: Bearer " + TOKEN + "\r\n");
        for (String field : fields) {
            head.append(field).append("\r\n");
        }
        return head.toString();
    }

    static String post(String target, String body, String... fields) {
        return request("POST", target, fields) + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Override
    public void close() {
        server.drain(CLOSE_BOUND).block(Duration.ofSeconds(30));
        generator.ifPresent(HttpGenerator::close);
        if (faults != null) {
            faults.close();
        }
    }
}
