package io.percolate.gateway.warmup.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.pod.FakePod.Call;
import io.percolate.gateway.warmup.pod.FakePod.Turn;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TierPodClientTest {
    private static final TenantId TENANT = TenantId.of("018f2f5e-7c1a-7d7e-9b9e-3f0a5d1c2b4a");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String NOT_A_POD = "<html>hello</html>";

    private final FakePod.World world = new FakePod.World();
    private final FakePod pod = new FakePod(world, 1, 1);
    private final TierPodClient client = client("20s");

    @AfterEach
    void stop() {
        assertThat(pod.isScriptUsedUp()).isTrue();
        client.close();
        pod.close();
    }

    @Test
    void aTenantIsLoadedProbedEvictedAndPurged() {
        assertThat(load(3)).isEqualTo(new PodAnswer.Loading());
        assertThat(probe()).isEqualTo(new Hosted(Hosted.State.LOADING, 3, false, null));
        assertThat(probe()).isEqualTo(new Hosted(Hosted.State.HOT, 3, false, null));
        assertThat(load(3)).isEqualTo(new PodAnswer.Hot());
        assertThat(evict(3, TierPods.Keep.DISK)).isEqualTo(new PodAnswer.Evicted(true, null));
        assertThat(probe()).isEqualTo(new Hosted(Hosted.State.WARM, 3, false, null));
        assertThat(evict(3, TierPods.Keep.NOTHING))
                .isEqualTo(new PodAnswer.Evicted(false, "s3://bucket/tenants/" + TENANT + "/3"));
        assertThat(pod.calls())
                .containsExactly("LOAD 3", "PROBE", "PROBE", "LOAD 3", "EVICT 3 disk", "PROBE", "EVICT 3 nothing");
    }

    @Test
    void aNewerEpochIsTold() {
        pod.host(TENANT, Hosted.State.WARM, 9);

        assertThat(load(8)).isEqualTo(new PodAnswer.NewerEpoch(9));
        assertThat(evict(8, TierPods.Keep.DISK)).isEqualTo(new PodAnswer.NewerEpoch(9));
    }

    @Test
    void aFullPodIsTold() {
        pod.host(TenantId.of("018f2f5e-7c1a-7d7e-9b9e-000000000000"), Hosted.State.HOT, 1);

        assertThat(load(1)).isEqualTo(new PodAnswer.NoRoom());
    }

    @Test
    void aBusyTenantIsTold() {
        pod.host(TENANT, Hosted.State.HOT, 2);
        pod.busy(TENANT, true);

        assertThat(evict(2, TierPods.Keep.DISK)).isEqualTo(new PodAnswer.Busy());
        assertThat(probe()).isEqualTo(new Hosted(Hosted.State.HOT, 2, true, null));
    }

    @Test
    void aFailedLoadSaysWhy() {
        client.load(pod.address(), TENANT, 1, "s3://bucket/missing").block(PATIENCE);

        assertThat(probe())
                .isEqualTo(new Hosted(Hosted.State.FAILED, 1, false, "nothing to restore at s3://bucket/missing"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | <html>hello</html>",
                "200 | {\"state\":\"warm\"}",
                "200 | ",
                "202 | {}",
                "409 | {\"title\":\"conflict\"}",
                "500 | {\"state\":\"hot\"}",
                "404 | not found"
            })
    void aLoadAnsweredOutsideTheContractIsRefused(int status, String body) {
        pod.script(Call.LOAD, new FakePod.Answer(status, body == null ? "" : body));

        assertThat(load(1))
                .isInstanceOfSatisfying(
                        PodAnswer.Refused.class,
                        refused -> assertThat(refused.status()).isEqualTo(status));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                NOT_A_POD,
                "{\"state\":\"hot\"}",
                "{\"tenant\":\"018f2f5e-7c1a-7d7e-9b9e-000000000000\",\"state\":\"hot\",\"epoch\":1}",
                "{\"tenant\":\"018f2f5e-7c1a-7d7e-9b9e-3f0a5d1c2b4a\",\"state\":\"sunny\",\"epoch\":1}",
                "{\"tenant\":\"018f2f5e-7c1a-7d7e-9b9e-3f0a5d1c2b4a\",\"state\":\"hot\",\"epoch\":\"1\"}"
            })
    void aProbeAnsweredOutsideTheContractIsRefused(String body) {
        pod.script(Call.PROBE, new FakePod.Answer(200, body));

        assertThat(probe()).isInstanceOf(PodAnswer.Refused.class);
    }

    @Test
    void anEvictionAnsweredOutsideTheContractIsRefused() {
        pod.script(Call.EVICT, new FakePod.Answer(409, NOT_A_POD), new FakePod.Answer(200, "{\"state\":\"hot\"}"));

        assertThat(evict(1, TierPods.Keep.DISK)).isInstanceOf(PodAnswer.Refused.class);
        assertThat(evict(1, TierPods.Keep.DISK)).isInstanceOf(PodAnswer.Refused.class);
    }

    @Test
    void anAbsentTenantMayBeA404ThatSaysSo() {
        pod.script(
                Call.PROBE,
                new FakePod.Answer(404, "{\"tenant\":\"" + TENANT + "\",\"state\":\"absent\",\"epoch\":0}"),
                new FakePod.Answer(404, "{}"));

        assertThat(probe()).isEqualTo(new Hosted(Hosted.State.ABSENT, 0, false, null));
        assertThat(probe()).isInstanceOf(PodAnswer.Refused.class);
    }

    @Test
    void anAnswerLongerThanTheBoundIsNotReadToItsEnd() {
        pod.script(Call.PROBE, new FakePod.Answer(200, "x".repeat(1 << 20)));

        assertThat(probe())
                .isInstanceOfSatisfying(
                        PodAnswer.Unreachable.class,
                        unreachable -> assertThat(unreachable.detail())
                                .isEqualTo("the pod's answer is longer than 1024 bytes"));
    }

    @Test
    void silenceEndsAtTheDeadline() {
        try (TierPodClient hasty = client("200ms")) {
            FakePod.Silence silence = new FakePod.Silence();
            // The first call of a JVM may not even be sent in so short a time.
            load(1);
            evict(1, TierPods.Keep.DISK);
            pod.script(Call.LOAD, silence).script(Call.EVICT, silence);
            PodAnswer expected = new PodAnswer.Unreachable("no answer in 200 ms");
            assertThat(hasty.load(pod.address(), TENANT, 1, null).block(PATIENCE))
                    .isEqualTo(expected);
            assertThat(hasty.evict(pod.address(), TENANT, 1, TierPods.Keep.DISK).block(PATIENCE))
                    .isEqualTo(expected);
        }
    }

    @Test
    void aBrokenConnectionIsNoAnswer() {
        Turn reset = new FakePod.Reset();
        pod.script(Call.PROBE, reset, reset);

        // The client repeats a call whose connection broke once by itself.
        assertThat(probe()).isInstanceOf(PodAnswer.Unreachable.class);
        if (!pod.isScriptUsedUp()) {
            assertThat(probe()).isInstanceOf(PodAnswer.Unreachable.class);
        }
    }

    @Test
    void aRefusedConnectionIsNoAnswer() {
        PodAddress gone = pod.address();
        pod.close();

        assertThat(client.probe(gone, TENANT).block(PATIENCE)).isInstanceOf(PodAnswer.Unreachable.class);
    }

    private PodAnswer.ToLoad load(long epoch) {
        return client.load(pod.address(), TENANT, epoch, null)
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private PodAnswer.ToProbe probe() {
        return client.probe(pod.address(), TENANT).blockOptional(PATIENCE).orElseThrow();
    }

    private PodAnswer.ToEvict evict(long epoch, TierPods.Keep keep) {
        return client.evict(pod.address(), TENANT, epoch, keep)
                .blockOptional(PATIENCE)
                .orElseThrow();
    }

    private static TierPodClient client(String timeout) {
        return new TierPodClient(PodConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_POD_CALL_TIMEOUT", timeout,
                "GATEWAY_POD_EVICT_TIMEOUT", timeout,
                "GATEWAY_POD_ANSWER_BYTES_MAX", "1KiB")))));
    }
}
