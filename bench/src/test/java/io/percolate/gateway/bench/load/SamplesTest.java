package io.percolate.gateway.bench.load;

import static io.percolate.gateway.bench.load.SampleFixture.CALM;
import static io.percolate.gateway.bench.load.SampleFixture.STOLEN;
import static io.percolate.gateway.bench.load.SampleFixture.calm;
import static io.percolate.gateway.bench.load.SampleFixture.sample;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SamplesTest {
    @Test
    void theMedianIsTheMiddleOrTheMeanOfBothMiddles() {
        assertThat(Samples.median(new double[] {9, 1, 5})).isEqualTo(5);
        assertThat(Samples.median(new double[] {9, 1, 5, 7})).isEqualTo(6);
        assertThat(Samples.median(new double[] {4})).isEqualTo(4);
    }

    @Test
    void disturbedRoundsDoNotCount() {
        Samples samples = new Samples(
                "nginx",
                LoadCase.GET_64,
                new TreeMap<>(Map.of(1, sample(10, 1, CALM), 2, sample(99, 9, STOLEN), 3, sample(12, 2, CALM))));

        assertThat(samples.median(Sample::requestsPerSecond)).isEqualTo(11);
        assertThat(samples.counted()).hasSize(2);
    }

    @Test
    void allRoundsCountWhereNoneWasCalm() {
        Samples samples = new Samples(
                "nginx", LoadCase.GET_64, new TreeMap<>(Map.of(1, sample(10, 1, STOLEN), 2, sample(20, 1, STOLEN))));

        assertThat(samples.hasCalm()).isFalse();
        assertThat(samples.median(Sample::requestsPerSecond)).isEqualTo(15);
    }

    @Test
    void aRatioIsTheMedianOfTheRoundsRatios() {
        // The machine ran at half its speed in the second round, for both.
        Samples gateway = calm("gateway", LoadCase.GET_64, 1.0, 2.2, 1.2);
        Samples nginx = calm("nginx", LoadCase.GET_64, 1.0, 2.0, 1.0);

        assertThat(gateway.ratio(nginx, Sample::cpuSecondsPer1000)).isCloseTo(1.1, within(1e-9));
    }

    @Test
    void aRatioLeavesOutRoundsThatDisturbedEither() {
        Samples gateway = calm("gateway", LoadCase.GET_64, 1.0, 5.0);
        Samples nginx = new Samples(
                "nginx", LoadCase.GET_64, new TreeMap<>(Map.of(1, sample(1, 2.0, CALM), 2, sample(1, 1.0, STOLEN))));

        assertThat(gateway.ratio(nginx, Sample::cpuSecondsPer1000)).isEqualTo(0.5);
    }

    @Test
    void aRatioIsOfTheMediansWhereNoRoundWasCalmForBoth() {
        Samples gateway = new Samples("gateway", LoadCase.GET_64, new TreeMap<>(Map.of(1, sample(1, 3.0, CALM))));
        Samples nginx = new Samples("nginx", LoadCase.GET_64, new TreeMap<>(Map.of(2, sample(1, 2.0, CALM))));

        assertThat(gateway.ratio(nginx, Sample::cpuSecondsPer1000)).isEqualTo(1.5);
    }

    @Test
    void withoutARoundThereAreNoSamples() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Samples("nginx", LoadCase.GET_64, new TreeMap<>()))
                .withMessageContaining("nginx");
    }
}
