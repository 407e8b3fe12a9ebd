package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.ServerProcess;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** One line that tells how the demo fares: requests a second, hot tenants of each pod, and who has died. */
final class StatusLine {
    private static final String REQUESTS = "router_requests_total";
    private static final String CLEAR = "\r\u001b[2K";
    private static final double NANOS_PER_SECOND = 1e9;

    private final Calls calls;
    private final List<URI> gatewayOps;
    private final List<DemoPod> pods;
    private final List<ServerProcess> processes;
    private final boolean terminal;
    private final Set<String> mourned = new HashSet<>();
    private double requestsBefore = -1;
    private long beforeNanos;

    StatusLine(Calls calls, List<URI> gatewayOps, List<DemoPod> pods, List<ServerProcess> processes, boolean terminal) {
        this.calls = calls;
        this.gatewayOps = gatewayOps;
        this.pods = pods;
        this.processes = processes;
        this.terminal = terminal;
    }

    /** Looks around and prints: a line in place on a terminal, elsewhere only what has died. */
    void refresh() {
        for (ServerProcess process : processes) {
            if (process.exitStatus().isPresent() && mourned.add(process.name())) {
                System.err.println((terminal ? CLEAR : "") + process.name() + " ended with status "
                        + process.exitStatus().getAsInt() + "; its last words:\n"
                        + process.tail().indent(4));
            }
        }
        if (terminal) {
            System.out.print(CLEAR + line());
            System.out.flush();
        }
    }

    /** Leaves the terminal's cursor on a line of its own. */
    void end() {
        if (terminal) {
            System.out.print(CLEAR);
            System.out.flush();
        }
    }

    private String line() {
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%,8.0f req/s   hot:", requestRate()));
        for (DemoPod pod : pods) {
            line.append("  ").append(pod.id()).append(' ').append(hotTenants(pod));
        }
        if (!mourned.isEmpty()) {
            line.append("   DEAD: ").append(String.join(", ", mourned));
        }
        return line.toString();
    }

    private String hotTenants(DemoPod pod) {
        try {
            var ready = JsonMapper.shared().readTree(calls.glance(pod.url().resolve("/ready")));
            return ready.path("hot").isMissingNode()
                    ? "-"
                    : ready.path("hot").intValue() + "/"
                            + ready.path("capacity").intValue();
        } catch (JacksonException noAnswer) {
            return "-";
        }
    }

    private double requestRate() {
        double requests = gatewayOps.stream()
                .mapToDouble(ops -> total(calls.glance(ops.resolve("/metrics"))))
                .sum();
        long now = System.nanoTime();
        double rate = requestsBefore < 0 ? 0 : (requests - requestsBefore) / ((now - beforeNanos) / NANOS_PER_SECOND);
        requestsBefore = requests;
        beforeNanos = now;
        return Math.max(0, rate);
    }

    /** Sums a counter over its labels, in Prometheus's text format. */
    static double total(String metrics) {
        return metrics.lines()
                .filter(line -> line.startsWith(REQUESTS))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
