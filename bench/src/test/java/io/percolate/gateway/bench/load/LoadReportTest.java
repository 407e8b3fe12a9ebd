package io.percolate.gateway.bench.load;

import static io.percolate.gateway.bench.load.SampleFixture.CALM;
import static io.percolate.gateway.bench.load.SampleFixture.calm;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadReportTest {
    private static final List<Samples> RESULTS = List.of(
            calm("gateway", LoadCase.GET_64, 0.025, 0.027, 0.026),
            calm("nginx", LoadCase.GET_64, 0.020, 0.020, 0.020),
            new Samples(
                    "haproxy",
                    LoadCase.GET_64,
                    new TreeMap<>(Map.of(1, new Sample(9_000, 0.05, 1, 2, 3, 1 << 20, 7, 0.4, CALM)))));

    @Test
    void eachPeerStandsBesideTheGateway() {
        String text = LoadReport.markdown(RESULTS, "two cores", "./gateway bench load --case get-64");

        assertThat(text)
                .contains("`./gateway bench load --case get-64`", "Machine: two cores")
                .contains("| get-64 | CPU per request vs nginx without JWT | <= 1.25x | 1.30x | **missed** |")
                .contains("| gateway | 38,462 | 0.0260 | 100 |")
                .contains("| nginx | 50,000 | 0.0200 | 100 | 100 | 200 | 300 | 1 | 0 | 3/3 | 0.77 | 1.30 |");
    }

    @Test
    void wrongAnswersAndIdleCoresAreSaid() {
        String text = LoadReport.markdown(RESULTS, "two cores", "command");

        assertThat(text)
                .contains("haproxy gave 7 wrong answers")
                .contains("haproxy left 60 % of its core idle")
                .doesNotContain("nginx left");
    }

    @Test
    void eachCaseHasAPlot(@TempDir Path folder) throws IOException {
        LoadPlot.write(RESULTS, folder);

        assertThat(Files.readString(folder.resolve("get-64.svg")))
                .startsWith("<svg")
                .contains(">gateway<", ">nginx<", ">haproxy<", "0.0260");
    }
}
