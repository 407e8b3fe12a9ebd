package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.pod.PodAnswer;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.TierPodClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/** The client of control calls and a pod that keeps probes waiting while it loads. */
final class WaitingProbeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofSeconds(20);
    /** With one control connection. */
    private static final int KEPT_WAITING_MAX = 4;

    private final TenantId tenant = PodFixture.newTenant();
    private final TierPodClient client = new TierPodClient(
            PodConfig.read(new ConfigReader(ConfigSource.of(Map.of("GATEWAY_POD_CONTROL_CONNECTIONS_MAX", "1")))));

    @TempDir
    Path folder;

    private TierPod pod;

    @BeforeEach
    void start() throws IOException {
        pod = PodFixture.start(folder, Optional.empty(), Map.of("PERCOLATE_LOAD_DELAY", "4s"));
        assertThat(client.load(pod.address(), tenant, 1, null).block(PATIENCE)).isEqualTo(new PodAnswer.Loading());
    }

    @AfterEach
    void stop() {
        client.close();
        pod.close();
    }

    @Test
    void whatCannotWaitIsAnsweredAtOnce() {
        assertThat(probe(Duration.ZERO)).isEqualTo(Hosted.State.LOADING);
        assertThat(probe(Duration.ofMillis(10))).isEqualTo(Hosted.State.LOADING);
        assertThat(probe(LONG)).isEqualTo(Hosted.State.HOT);
        assertThat(probe(LONG)).isEqualTo(Hosted.State.HOT);
    }

    @Test
    void soManyAreKeptWaitingAndNoMore() {
        List<Hosted.State> states = Flux.range(0, KEPT_WAITING_MAX + 3)
                .flatMap(i -> client.probe(pod.address(), tenant, LONG), KEPT_WAITING_MAX + 3)
                .map(WaitingProbeTest::state)
                .collectList()
                .blockOptional(PATIENCE)
                .orElseThrow();

        assertThat(states.subList(0, 3)).containsOnly(Hosted.State.LOADING);
        assertThat(states.subList(3, states.size())).hasSize(KEPT_WAITING_MAX).containsOnly(Hosted.State.HOT);
        assertThat(probe(LONG)).as("the places are given back").isEqualTo(Hosted.State.HOT);
    }

    private Hosted.State probe(Duration waitMax) {
        return state(client.probe(pod.address(), tenant, waitMax)
                .blockOptional(PATIENCE)
                .orElseThrow());
    }

    private static Hosted.State state(PodAnswer.ToProbe answer) {
        return ((Hosted) answer).state();
    }
}
