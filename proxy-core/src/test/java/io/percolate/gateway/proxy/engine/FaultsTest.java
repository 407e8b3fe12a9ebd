package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.TestEdge.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.proxy.fault.FaultConfig;
import io.percolate.gateway.proxy.fault.Faults;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults that are asked for, by rules and by tokens. */
class FaultsTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    private static String token(TenantId tenant, String fault, String audience, Duration lifetime) {
        return TokenSigner.of(new Secret(SECRET), Clock.systemUTC())
                .sign(new TokenGrant(tenant, "tenant_id", fault, Optional.empty(), List.of(audience), lifetime));
    }

    private static String asking(String fault) {
        return Faults.HEADER + ": " + token(TestEdge.TENANT, fault, Faults.AUDIENCE, Duration.ofMinutes(5));
    }

    private static double injected(TestEdge edge, String kind, String by) {
        return edge.registry
                .get("router.faults.injected")
                .tag("kind", kind)
                .tag("by", by)
                .counter()
                .count();
    }

    @Test
    void aRuleAbortsDelaysOrDropsRequestsOfItsPathsAndTenant() throws Exception {
        try (TestEdge edge = new TestEdge(
                        "GATEWAY_FAULTS_RULES",
                        "100% path=/aborted abort=418, 100% tenant=" + TestEdge.TENANT
                                + " path=/dropped drop, 100% path=/late delay=300ms,"
                                + " 100% tenant=00000000-0000-0000-0000-000000000001 drop");
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    for (int i = 0; i < 2; i++) {
                        socket.readHead();
                        socket.respond("fine");
                    }
                });
                RawClient client = edge.hotIn(pod).client()) {
            RawClient.Answer aborted = client.send(get("/aborted/x")).read();
            assertThat(aborted.status()).isEqualTo(418);
            assertThat(aborted.body()).contains("urn:percolate:problem:fault-injected");
            assertThat(client.send(get("/fine")).read().body()).isEqualTo("fine");
            long begin = System.nanoTime();
            assertThat(client.send(get("/late")).read().body()).isEqualTo("fine");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(290));
            client.send(get("/dropped"));
            assertThatThrownBy(client::read).isInstanceOf(IOException.class);

            await().until(() -> edge.timelines.size() == 4);
            assertThat(edge.timelines.getFirst().failure).isEqualTo(FailureKind.FAULT_INJECTED);
            assertThat(edge.timelines.getLast().failure).isEqualTo(FailureKind.FAULT_INJECTED);
            assertThat(injected(edge, "abort", "rule")).isEqualTo(1);
            assertThat(injected(edge, "drop", "rule")).isEqualTo(1);
        }
    }

    @Test
    void aRequestWithATokenGetsItsFaultAndThePodNeverSeesTheToken() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_FAULTS_SECRET", SECRET);
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    for (int i = 0; i < 2; i++) {
                        assertThat(socket.readHead().toString().toLowerCase(Locale.ROOT))
                                .doesNotContain("percolate-fault", "percolate_fault");
                        socket.respond("fine");
                    }
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/", asking("abort=500"))).read().status())
                    .isEqualTo(500);
            assertThat(client.send(get("/", asking("delay=1ms"))).read().body()).isEqualTo("fine");
            assertThat(client.send(get("/", "X_Percolate_Fault: x")).read().body())
                    .isEqualTo("fine");
            assertThat(injected(edge, "delay", "token")).isEqualTo(1);
        }
    }

    @Test
    void onlyAShortLivedTokenForThisPurposeAndTenantIsTaken() throws Exception {
        try (TestEdge edge = new TestEdge("GATEWAY_FAULTS_SECRET", SECRET);
                ScriptedPod pod = new ScriptedPod();
                RawClient client = edge.hotIn(pod).client()) {
            TenantId other = TenantId.of("00000000-0000-0000-0000-000000000001");
            List<String> bad = List.of(
                    token(other, "drop", Faults.AUDIENCE, Duration.ofMinutes(5)),
                    token(TestEdge.TENANT, "drop", "edge", Duration.ofMinutes(5)),
                    token(TestEdge.TENANT, "drop", Faults.AUDIENCE, Duration.ofDays(1)),
                    token(TestEdge.TENANT, "explode", Faults.AUDIENCE, Duration.ofMinutes(5)),
                    "no.token.atall",
                    token(TestEdge.TENANT, "drop", Faults.AUDIENCE, Duration.ofMinutes(5)) + "A");
            for (String token : bad) {
                RawClient.Answer answer =
                        client.send(get("/", Faults.HEADER + ": " + token)).read();
                assertThat(answer.status()).as(token).isEqualTo(400);
            }
            assertThat(client.send(get("/", asking("drop"), asking("drop")))
                            .read()
                            .status())
                    .isEqualTo(400);
        }
    }

    @Test
    void withoutASecretNobodyCanAskAndTheHeaderStaysHere() throws Exception {
        try (TestEdge edge = new TestEdge();
                ScriptedPod pod = new ScriptedPod().then(socket -> {
                    assertThat(socket.readHead()).noneMatch(line -> line.startsWith(Faults.HEADER));
                    socket.respond("fine");
                });
                RawClient client = edge.hotIn(pod).client()) {
            assertThat(client.send(get("/", asking("drop"))).read().body()).isEqualTo("fine");
            assertThat(edge.faults).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "drop",
                "10 drop",
                "0% drop",
                "101% drop",
                "5% delay=2m",
                "5% abort=200",
                "5% path=x drop",
                "x% drop"
            })
    void aRuleThatCannotBeReadStopsTheStart(String rule) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of("GATEWAY_FAULTS_RULES", rule)));
        FaultConfig.read(reader);

        assertThatThrownBy(reader::finish).hasMessageContaining("GATEWAY_FAULTS_RULES");
    }
}
