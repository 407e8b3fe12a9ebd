package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.coldstart.ColdStartRig.Node;
import io.percolate.gateway.bench.load.HeldMemory;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Requests of tenants whose tier has no pod at all, held as long as they may be: what they take, and what tenants of another
 * tier notice of it.
 */
final class Held {
    static final int PER_TENANT = 250;
    private static final int PROBES_BETWEEN_LOOKS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final ColdStartRig rig;
    private final Node gateway;
    private final int probes;
    private final int streams;

    /**
     * @param probes requests of another tenant that are timed, before and meanwhile
     * @param streams requests held on each connection, over HTTP/2; with 1 each has a connection of its own, over HTTP/1.1
     */
    Held(ColdStartRig rig, int probes, int streams) {
        this.rig = rig;
        this.probes = probes;
        this.streams = streams;
        this.gateway = rig.gateways().getFirst();
    }

    /**
     * What came of it.
     *
     * @param start what the gateway has in memory before
     * @param idle with all connections open, before any request
     * @param full with all requests held
     * @param before requests of another tenant, as long as nothing else comes
     * @param arriving the same until all requests were held
     * @param during the same from then on
     * @param refused requests beyond the bound that were told to come back
     */
    record Result(
            int held,
            HeldMemory start,
            HeldMemory idle,
            HeldMemory full,
            int refused,
            Durations before,
            Durations arriving,
            Durations during) {
        long bytesEach() {
            return (full.bytes() - start.bytes()) / Math.max(1, held);
        }
    }

    /** @param held the gateway's bound; some more are sent, and refused */
    Result run(int held, int more) {
        TenantId other = rig.newTenants(1, "C").getFirst();
        probe(other, probes / 10);
        rehearse(held / 5, other);
        Durations before = probe(other, probes);
        HeldMemory start = HeldMemory.of(gateway.process().pid());
        try (HeldRequests connections = open(held + more)) {
            HeldMemory idle = HeldMemory.of(gateway.process().pid());
            connections.send(tokens(held + more));
            Durations arriving =
                    probeUntil(other, () -> gauge("router_held_requests") == held && connections.refused() == more);
            probe(other, probes / 10);
            Durations during = probe(other, probes);
            HeldMemory full = HeldMemory.of(gateway.process().pid());
            return new Result(
                    (int) gauge("router_held_requests"),
                    start,
                    idle,
                    full,
                    connections.refused(),
                    before,
                    arriving,
                    during);
        }
    }

    /**
     * Fewer are held once before, and let go, so that what is compared is what the requests take, not what a process that has done so
     * for the first time takes for its code.
     */
    private void rehearse(int requests, TenantId other) {
        try (HeldRequests connections = open(requests)) {
            connections.send(tokens(requests));
            // A process that has just started may be too slow for some.
            probeUntil(other, () -> gauge("router_held_requests") + connections.refused() >= requests);
            probe(other, probes);
        }
        probeUntil(other, () -> gauge("router_held_requests") == 0);
    }

    private HeldRequests open(int requests) {
        HeldRequests connections = streams == 1 ? new HeldConnections() : new HeldStreams(streams);
        connections.open(
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(), gateway.url().getPort()),
                requests);
        return connections;
    }

    private List<String> tokens(int requests) {
        return rig.newTenants((requests + PER_TENANT - 1) / PER_TENANT, "A").stream()
                .map(rig::token)
                .toList();
    }

    private Durations probe(TenantId tenant, int count) {
        List<Double> millis = new ArrayList<>();
        HttpRequest request = request(tenant);
        for (int i = 0; i < count; i++) {
            millis.add(timed(request));
        }
        return Durations.of("another tenant's request", millis);
    }

    private Durations probeUntil(TenantId tenant, BooleanSupplier condition) {
        List<Double> millis = new ArrayList<>();
        HttpRequest request = request(tenant);
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > PATIENCE.toNanos()) {
                throw new IllegalStateException("the requests were not all held within " + PATIENCE.toSeconds() + " s");
            }
            for (int i = 0; i < PROBES_BETWEEN_LOOKS; i++) {
                millis.add(timed(request));
            }
        }
        return Durations.of("another tenant's request", millis);
    }

    private HttpRequest request(TenantId tenant) {
        return HttpRequest.newBuilder(gateway.url().resolve("/kv/nothing"))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + rig.token(tenant))
                .build();
    }

    private double timed(HttpRequest request) {
        try {
            long begin = System.nanoTime();
            rig.http().send(request, BodyHandlers.discarding());
            return (System.nanoTime() - begin) / (double) TimeUnit.MILLISECONDS.toNanos(1);
        } catch (IOException away) {
            throw new IllegalStateException("the gateway does not answer", away);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    private double gauge(String name) {
        return rig.get(URI.create("http://127.0.0.1:" + gateway.opsPort() + "/metrics"))
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(-1);
    }
}
