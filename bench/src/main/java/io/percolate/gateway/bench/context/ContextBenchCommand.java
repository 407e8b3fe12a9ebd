package io.percolate.gateway.bench.context;

import io.percolate.gateway.bench.context.SlowReaders.Memory;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Asks a whole gateway for contexts of cold tenants: from S3, from memory, and by clients that hardly read.
 *
 * <p>All of it is real but the pods, of which there are none. Gateway and clients share this process.
 */
@Command(
        name = "context",
        mixinStandardHelpOptions = true,
        description = "Measures first bytes of contexts from S3 and from memory, and memory under slow readers.")
public final class ContextBenchCommand implements Callable<Integer> {
    private static final int MIB = 1 << 20;
    /** More than the cache holds, so that they come from S3 again and again. */
    private static final int WARM_TENANTS_MAX = 200;

    /** Of three, each with a third of a thousand readers, only some 250 readers each were served. */
    private static final int LARGE_TENANTS = 4;

    @Option(names = "--rate", defaultValue = "100", description = "Cold starts a second (default: 100).")
    private int rate = 100;

    @Option(names = "--seconds", defaultValue = "5", description = "Length of each phase (default: 5).")
    private int seconds = 5;

    @Option(
            names = "--warm",
            defaultValue = "20",
            description =
                    "Seconds of the same that are not timed: a process that has just started compiles (default: 20).")
    private int warmSeconds = 20;

    @Option(names = "--readers", defaultValue = "1000", description = "Slow readers (default: 1000).")
    private int readers = 1_000;

    @Option(
            names = "--slow-seconds",
            defaultValue = "5",
            description = "For which they are watched, twice; the edge ends clients that are too slow for half a minute"
                    + " (default: 5).")
    private int slowSeconds = 5;

    @Option(names = "--large-mib", defaultValue = "16", description = "MiB that slow readers ask for (default: 16).")
    private int largeMib = 16;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        boolean clean = true;
        Map<String, String> settings = Map.of(
                "GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX",
                "20000",
                // Large contexts are read on after smaller ones that were asked for more often keep them from the
                // cache.
                "GATEWAY_CONTEXT_IN_FLIGHT_BYTES",
                "128MiB",
                // There is no pod, so that each wake would look for one again and again; they are not what is timed.
                "GATEWAY_WAKE_RATE_A",
                "1");
        try (Rig rig = new Rig(settings)) {
            int requests = rate * seconds;
            List<TenantId> warmup = rig.tenants(Math.clamp((long) rate * warmSeconds, 1, WARM_TENANTS_MAX), MIB);
            List<TenantId> cold = rig.tenants(requests, MIB);
            List<TenantId> few = rig.tenants(8, MIB);
            List<TenantId> large = rig.tenants(LARGE_TENANTS, largeMib * MIB);
            out.printf(
                    "%d cold starts a second, first byte of 1 MiB, ms, from when each was due%n%-12s %8s %8s %9s %9s %9s%n",
                    rate, "", "count", "failed", "p50", "p99", "max");
            FirstBytes.run(rig.edge(), warmup, rate, rate * warmSeconds, MIB);
            clean &= report(out, "from S3", FirstBytes.run(rig.edge(), cold, rate, requests, MIB));
            FirstBytes.run(rig.edge(), few, rate, few.size(), MIB);
            clean &= report(out, "cached", FirstBytes.run(rig.edge(), few, rate, requests, MIB));
            clean &= slow(out, rig, large);
        }
        return clean ? 0 : 1;
    }

    private boolean slow(PrintWriter out, Rig rig, List<TenantId> large) throws IOException {
        // The cache is full by now, which is not what is asked about.
        Memory before = Memory.now();
        try (SlowReaders slow = SlowReaders.open(rig.edge(), large, readers)) {
            slow.read(Duration.ofSeconds(slowSeconds));
            Memory early = Memory.now();
            int served = slow.read(Duration.ofSeconds(slowSeconds));
            Memory late = Memory.now();
            out.printf(
                    "%d readers of %d MiB each, %d served, %d MiB read%n%-12s %8s %8s%n",
                    readers, largeMib, served, slow.bytesRead() / MIB, "memory, MiB", "heap", "direct");
            memory(out, "before", before);
            memory(out, "early", early);
            memory(out, "late", late);
            return served == readers;
        }
    }

    private static void memory(PrintWriter out, String when, Memory memory) {
        out.printf("%-12s %8d %8d%n", when, memory.heap() / MIB, memory.direct() / MIB);
        out.flush();
    }

    private static boolean report(PrintWriter out, String phase, FirstBytes run) {
        out.printf(
                "%-12s %8d %8d %9.2f %9.2f %9.2f%n",
                phase, run.count(), run.failures(), run.millisAt(0.5), run.millisAt(0.99), run.millisAt(1));
        if (run.failures() > 0) {
            out.println("the first that failed: " + run.firstFailure());
        }
        out.flush();
        return run.failures() == 0;
    }
}
