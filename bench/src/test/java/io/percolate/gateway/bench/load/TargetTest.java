package io.percolate.gateway.bench.load;

import static io.percolate.gateway.bench.load.SampleFixture.calm;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TargetTest {
    private static Target of(LoadCase load, String peer, boolean atLeast) {
        return Target.ALL.stream()
                .filter(target -> target.load() == load && target.peer().equals(peer) && target.atLeast() == atLeast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aRatioOfCostIsMetFromBelow() {
        Target target = of(LoadCase.GET_64, "nginx", false);
        List<Samples> met = List.of(calm("gateway", LoadCase.GET_64, 0.025), calm("nginx", LoadCase.GET_64, 0.020));
        List<Samples> missed = List.of(calm("gateway", LoadCase.GET_64, 0.026), calm("nginx", LoadCase.GET_64, 0.020));

        assertThat(target.row(met)).contains("<= 1.25x", "1.25x", "| met |");
        assertThat(target.row(missed)).contains("1.30x", "**missed**");
    }

    @Test
    void aRatioOfRequestsIsMetFromAbove() {
        Target target = of(LoadCase.COLD_RS256, "haproxy", true);
        List<Samples> met =
                List.of(calm("gateway", LoadCase.COLD_RS256, 0.040), calm("haproxy", LoadCase.COLD_RS256, 0.050));
        List<Samples> missed =
                List.of(calm("gateway", LoadCase.COLD_RS256, 0.050), calm("haproxy", LoadCase.COLD_RS256, 0.050));

        assertThat(target.row(met)).contains(">= 1.10x", "1.25x", "| met |");
        assertThat(target.row(missed)).contains("1.00x", "**missed**");
    }

    @Test
    void addedLatencyIsADifference() {
        Target target = of(LoadCase.RATE, "direct", false);

        assertThat(target.row(List.of(latency("gateway", 190), latency("direct", 70))))
                .contains("<= 110 us", "120 us", "**missed**");
    }

    @Test
    void whatTheGatewayReachesAloneNeedsNoPeer() {
        Target target = of(LoadCase.START, "", false);

        assertThat(target.row(List.of(latencyOf("gateway", LoadCase.START, 550))))
                .contains("550 ms", "| met |");
    }

    @Test
    void withoutThePeerNothingIsClaimed() {
        Target target = of(LoadCase.GET_64, "scg", true);

        assertThat(target.row(List.of(calm("gateway", LoadCase.GET_64, 0.025)))).contains("not measured", "|  |");
    }

    private static Samples latency(String peer, double p50) {
        return latencyOf(peer, LoadCase.RATE, p50);
    }

    private static Samples latencyOf(String peer, LoadCase load, double p50) {
        Sample sample = Sample.single(p50, 1 << 20, SampleFixture.CALM);
        return new Samples(peer, load, new TreeMap<>(java.util.Map.of(1, sample)));
    }
}
