package io.percolate.gateway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class H2loadTest {
    private static final String OUTPUT = """
            finished in 2.00s, 2.00 req/s, 1.10KB/s
            requests: 4 total, 44 started, 4 done, %d succeeded, %d failed, 0 errored, 0 timeout
            status codes: 3 2xx, 0 3xx, 1 4xx, 0 5xx
            traffic: 2.19KB (2240) total, 160B (160) headers (space savings 66.67%%), %s (%s) data
            """;

    @Test
    void figuresAreOfTheSumsAndOfEachAnswer() {
        Figures figures = H2load.figures(
                LoadCase.H2_GET_64,
                2,
                OUTPUT.formatted(3, 1, "600B", "600"),
                List.of("1\t200\t400", "2\t200\t100", "3\t429\t50", "4\t200\t300"));

        assertThat(figures).isEqualTo(new Figures(4, 2, 300, 400, 400, 1, 600));
        assertThat(figures.rightPerSecond()).isEqualTo(1.5);
    }

    @Test
    void answersWithoutTheirBodiesAreWrong() {
        Figures figures = H2load.figures(
                LoadCase.H2_GET_64, 2, OUTPUT.formatted(4, 0, "0B", "0"), List.of("1\t200\t400", "2\t200\t400"));

        assertThat(figures.errors()).isEqualTo(4);
    }
}
