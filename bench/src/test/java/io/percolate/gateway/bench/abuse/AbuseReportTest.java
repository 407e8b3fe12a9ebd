package io.percolate.gateway.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.bench.abuse.Offenders.Count;
import io.percolate.gateway.bench.load.Figures;
import io.percolate.gateway.bench.load.HeldMemory;
import java.util.List;
import org.junit.jupiter.api.Test;

class AbuseReportTest {
    private static final HeldMemory MEMORY = new HeldMemory(20L << 20, 90L << 20);

    @Test
    void whatTheOthersNoticedStandsBesideTheQuietTime() {
        String text = AbuseReport.markdown(
                List.of(
                        run("pings", 300, 0, List.of(new Count(AbuseKind.PINGS, 70, 50, 20, 0, 3))),
                        run("garbage", 402, 1, List.of(new Count(AbuseKind.GARBAGE, 9, 0, 9, 0, 0)))),
                "two cores",
                "./gateway bench abuse");

        assertThat(text)
                .contains("`./gateway bench abuse`", "Machine: two cores")
                .contains("| pings | 100 % | 100 | 300 | 200 | 1.50 | 50 | 70 | 20 | 50 | 3 | 20 / 90 | 20 / 90 |")
                .contains("| garbage | 99.990 % | 100 | 402 | 200 | 2.01 |")
                .contains("100 %: **missed** by garbage", "before it: **missed** by garbage");
    }

    @Test
    void ofSeveralRoundsTheOneInTheMiddleIsToldAndTheWorstSuccess() {
        String text = AbuseReport.markdown(
                List.of(
                        run("pings", 900, 1, List.of()),
                        run("garbage", 200, 0, List.of()),
                        run("pings", 300, 0, List.of()),
                        run("garbage", 200, 0, List.of()),
                        run("pings", 260, 0, List.of())),
                "two cores",
                "./gateway bench abuse");

        assertThat(text)
                .contains("| pings | 99.990 % | 100 | 300 | 200 | 1.50 (1.30 to 4.50) |")
                .contains("| garbage | 100 % | 100 | 200 | 200 | 1.00 (1.00 to 1.00) |")
                .contains("100 %: **missed** by pings.", "before it: met by all");
    }

    private static AbuseRun run(String label, double p99, long errors, List<Count> offenders) {
        return new AbuseRun(label, figures(p99, errors), figures(200, 0), 0.5, offenders, MEMORY, MEMORY);
    }

    private static Figures figures(double p99, long errors) {
        return new Figures(10_000, 10, 100, 150, p99, errors, 0);
    }
}
