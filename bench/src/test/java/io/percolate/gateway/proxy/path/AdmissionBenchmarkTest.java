package io.percolate.gateway.proxy.path;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AdmissionBenchmarkTest {
    @Test
    void aRequestIsLetInWithTheBoundOfItsTier() {
        AdmissionBenchmark benchmark = new AdmissionBenchmark();

        assertThat(benchmark.admit()).isNull();
        assertThat(benchmark.bodyBytesMax()).isEqualTo(16L << 20);
        assertThat(benchmark.admit()).isNull();
        assertThat(benchmark.bodyBytesMax()).isEqualTo(4L << 20);
    }
}
