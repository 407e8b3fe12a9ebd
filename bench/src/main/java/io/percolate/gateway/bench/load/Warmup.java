package io.percolate.gateway.bench.load;

import java.util.function.IntConsumer;

/** Loads a peer on both cores until its Java VM compiles no more, then gives it the measured core alone. */
final class Warmup {
    private static final int SLICE_SECONDS = 2;
    /** Share of one core that compiling may still take. */
    private static final double SETTLED = 0.03;
    /** A VM that never settles is measured all the same; its rounds then say so. */
    private static final int PATIENCE = 4;

    private Warmup() {}

    /** @param load runs requests for so many seconds */
    static void run(RunningPeers.Running peer, int seconds, IntConsumer load) {
        PinnedProcess process = peer.process();
        if (!peer.peer().isJava()) {
            load.accept(1);
            return;
        }
        process.move(Cores.BOTH);
        int passed = 0;
        double share = 1;
        while (passed < seconds || (share > SETTLED && passed < PATIENCE * seconds)) {
            double before = process.compilerSeconds();
            load.accept(SLICE_SECONDS);
            share = Math.max(0, process.compilerSeconds() - before) / SLICE_SECONDS;
            passed += SLICE_SECONDS;
        }
        process.move(Cores.MEASURED);
        load.accept(1);
        System.out.printf(
                java.util.Locale.ROOT,
                "  %s: %d s of warm-up, compiling takes %.1f %% of a core%n",
                peer.peer().name(),
                passed,
                share * 100);
    }
}
