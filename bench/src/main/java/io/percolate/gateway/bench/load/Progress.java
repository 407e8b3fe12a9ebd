package io.percolate.gateway.bench.load;

import java.util.Locale;

/** What a run says while it goes on. */
final class Progress {
    private Progress() {}

    static void round(int n, int rounds, String peer, LoadCase load, Sample sample) {
        System.out.printf(
                "  round %d/%d  %-14s %s%s%n",
                n,
                rounds,
                peer,
                figures(load, sample),
                sample.isDisturbed() ? "  disturbed: " + sample.conditions().disturbance() : "");
    }

    private static String figures(LoadCase load, Sample sample) {
        return switch (load.way()) {
            case SINGLE ->
                String.format(
                        Locale.ROOT,
                        load == LoadCase.IDLE ? "%,.0f bytes a connection" : "%,.0f ms to the first answer",
                        sample.p50Micros());
            case LOOPS ->
                String.format(
                        Locale.ROOT,
                        "%,10.0f req/s  %.4f CPU-s/1k  %d errors",
                        sample.requestsPerSecond(),
                        sample.cpuSecondsPer1000(),
                        sample.errors());
            case CLOSED_LOOP, HANDSHAKES, OPEN_LOOP ->
                String.format(
                        Locale.ROOT,
                        "%,10.0f req/s  %.4f CPU-s/1k  core %3.0f %%  p50 %,.0f us  p99 %,.0f us  %d errors",
                        sample.requestsPerSecond(),
                        sample.cpuSecondsPer1000(),
                        sample.coreShare() * 100,
                        sample.p50Micros(),
                        sample.p99Micros(),
                        sample.errors());
        };
    }
}
