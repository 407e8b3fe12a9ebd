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

    @Option(names = "--rate", defaultValue = "100", description = "Cold starts a second (default: 100).")
    private int rate = 100;

    @Option(names = "--seconds", defaultValue = "5", description = "Length of each phase (default: 5).")
    private int seconds = 5;

    @Option(names = "--readers", defaultValue = "1000", description = "Slow readers (default: 1000).")
    private int readers = 1_000;

    @Option(names = "--large-mib", defaultValue = "16", description = "MiB that slow readers ask for (default: 16).")
    private int largeMib = 16;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        boolean clean = true;
        try (Rig rig = new Rig(Map.of("GATEWAY_EDGE_CONNECTIONS_PER_ADDRESS_MAX", "20000"))) {
            int requests = rate * seconds;
            List<TenantId> warmup = rig.tenants(Math.max(1, requests / 2), MIB);
            List<TenantId> cold = rig.tenants(requests, MIB);
            List<TenantId> few = rig.tenants(8, MIB);
            List<TenantId> large = rig.tenants(4, largeMib * MIB);
            out.printf(
                    "%d cold starts a second, first byte of 1 MiB, ms, from when each was due%n%-12s %8s %8s %9s %9s %9s%n",
                    rate, "", "count", "failed", "p50", "p99", "max");
            FirstBytes.run(rig.edge(), warmup, rate, warmup.size(), MIB);
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
            slow.read(Duration.ofSeconds(seconds));
            Memory early = Memory.now();
            int served = slow.read(Duration.ofSeconds(seconds));
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
