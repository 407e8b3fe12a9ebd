package io.percolate.gateway.proxy.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.metrics.GatewayMetrics;
import io.percolate.gateway.proxy.noise.TopTenants;
import io.percolate.gateway.proxy.resilience.PodGuard;
import io.percolate.gateway.proxy.resilience.PodGuards;
import io.percolate.gateway.proxy.resilience.ResilienceConfig;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.TokenConfig;
import io.percolate.gateway.routing.token.TokenGrant;
import io.percolate.gateway.routing.token.TokenSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class ExplainTest {
    private static final TenantId TENANT = TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01");
    private static final Secret SECRET = new Secret("0123456789abcdef0123456789abcdef");

    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final PodGuards pods = new PodGuards(ResilienceConfig.read(new ConfigReader(ConfigSource.of(Map.of()))));
    private final JwtTokenVerifier verifier = verifier();
    private final HttpClient client = HttpClient.newHttpClient();
    private OpsServer server = serve(Optional.empty());

    static JwtTokenVerifier verifier() {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of("GATEWAY_JWT_HS256_SECRET", SECRET.reveal())));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        return JwtTokenVerifier.create(
                TokenConfig.read(reader), Revocations.none(registry, Clock.systemUTC()), registry, Clock.systemUTC());
    }

    static ExplainSubjects subjects(JwtTokenVerifier verifier) {
        return new ExplainSubjects(
                verifier, verifier::keys, tier -> new TreeMap<>(Map.of("body_bytes_max", 100L)), null);
    }

    private OpsServer serve(Optional<Secret> token) {
        return Objects.requireNonNull(OpsServer.start(
                        new OpsConfig("127.0.0.1", 0, token, Duration.ofSeconds(1)),
                        new OpsSubjects(
                                new Liveness(List.of(), Duration.ofSeconds(1)),
                                new Readiness(List.of()),
                                metrics,
                                directory,
                                ColdStartRules.parse("POST /chat/** -> reject; * /** -> context"),
                                new LocalCaches(List.of()),
                                subjects(verifier),
                                pods::status,
                                () -> TopTenants.NONE,
                                () -> {}))
                .block());
    }

    @AfterEach
    void stop() {
        server.close().block();
        client.close();
        verifier.close();
        metrics.close();
    }

    @Test
    void explainsWhatAGoodTokenComesTo() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.HOT, Tier.A));

        JsonNode view = explain("{\"token\": \"Bearer " + token(Duration.ofMinutes(10)) + "\"}");

        assertThat(view.at("/served").booleanValue()).isTrue();
        assertThat(view.at("/token/accepted").booleanValue()).isTrue();
        assertThat(view.at("/token/header/alg").stringValue()).isEqualTo("HS256");
        assertThat(view.at("/token/claims/sub").stringValue()).isEqualTo("somebody");
        assertThat(view.at("/token/verified_by").stringValue()).isEqualTo("the shared secret");
        assertThat(view.at("/token/tenant").stringValue()).isEqualTo(TENANT.toString());
        assertThat(view.at("/token/accepted_for_s").longValue()).isBetween(500L, 660L);
        assertThat(view.at("/tenant/route/tier").stringValue()).isEqualTo("A");
        assertThat(view.at("/tenant/decision/action").stringValue()).isEqualTo("forward");
        assertThat(view.at("/tenant/decision/why").stringValue()).contains("a-0", "epoch 4");
        assertThat(view.at("/limits/body_bytes_max").longValue()).isEqualTo(100);
    }

    @Test
    void saysHowThePodIsThatRequestsGoTo() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.HOT, Tier.A));
        PodGuard pod = pods.of(Tier.A, new PodAddress("10.0.0.7", 8000));
        pods.of(Tier.A, new PodAddress("10.0.0.8", 8000));
        pod.belongsTo(new PodId("a-0"));
        for (int i = 0; i < 5; i++) {
            pod.unreachable(System.nanoTime());
        }

        JsonNode view = explain("{\"token\": \"" + token(Duration.ofMinutes(10)) + "\"}");
        JsonNode shown = OpsAnswer.JSON.readTree(send(request("/pods").GET()).body());

        JsonNode state = view.at("/tenant/decision/pod_state");
        assertThat(state.at("/state").stringValue()).isEqualTo("ejected");
        assertThat(state.at("/reason").stringValue()).isEqualTo("unreachable");
        assertThat(state.at("/ejected_for_ms").longValue()).isBetween(1L, 30_000L);
        assertThat(state.at("/in_flight").intValue()).isZero();
        assertThat(state.at("/limit").isNull()).isTrue();
        assertThat(shown.at("/pods")).hasSize(2);
        assertThat(shown.at("/pods/0/pod").stringValue()).isEqualTo("a-0");
        assertThat(shown.at("/pods/1/state").stringValue()).isEqualTo("serving");
    }

    @Test
    void namesTheResponderOfThisRequestToAColdTenant() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.COLD, Tier.A));
        String token = token(Duration.ofMinutes(10));

        JsonNode chat = explain("{\"token\": \"" + token + "\", \"method\": \"post\", \"path\": \"/chat/7?x=1\"}");
        JsonNode read = explain("{\"token\": \"" + token + "\"}");
        JsonNode call = explain("{\"token\": \"" + token
                + "\", \"method\": \"post\", \"path\": \"/known\", \"content_type\": \"application/grpc\"}");

        assertThat(call.at("/tenant/decision/responder").stringValue()).isEqualTo("hold");
        assertThat(call.at("/tenant/decision/rule").stringValue()).startsWith("2: ");
        assertThat(chat.at("/tenant/decision/responder").stringValue()).isEqualTo("reject");
        assertThat(chat.at("/tenant/decision/rule").stringValue()).startsWith("1: ");
        assertThat(read.at("/tenant/decision/responder").stringValue()).isEqualTo("context");
        assertThat(read.at("/tenant/decision/otherwise").stringValue()).isEqualTo("hold");
    }

    @Test
    void saysWhyATokenIsRefusedAndNeverShowsItsSignature() {
        String expired = token(Duration.ofMinutes(-2));
        String signature = expired.substring(expired.lastIndexOf('.') + 1);

        HttpResponse<String> answer = post("{\"token\": \"" + expired + "\"}", Optional.empty());
        JsonNode view = OpsAnswer.JSON.readTree(answer.body());

        assertThat(view.at("/served").booleanValue()).isFalse();
        assertThat(view.at("/token/refusal/failure").stringValue()).isEqualTo("token_expired");
        assertThat(view.at("/token/refusal/status").intValue()).isEqualTo(401);
        assertThat(view.at("/token/refusal/operator_detail").stringValue()).contains("exp was");
        assertThat(view.at("/token/claims/sub").stringValue()).isEqualTo("somebody");
        assertThat(answer.body()).doesNotContain(signature);
    }

    @Test
    void explainsWhatIsNoToken() {
        JsonNode view = explain("{\"token\": \"not.a.token\"}");

        assertThat(view.at("/token/refusal/failure").stringValue()).isEqualTo("token_malformed");
        assertThat(view.at("/token/claims").isMissingNode()).isTrue();
    }

    @Test
    void explainsThatATenantIsRefusedOrCannotBeLookedUp() {
        String token = token(Duration.ofMinutes(10));
        JsonNode unknown = explain("{\"token\": \"" + token + "\"}");
        directory.down = true;
        directory.forget();
        JsonNode down = explain("{\"token\": \"" + token + "\"}");

        assertThat(unknown.at("/served").booleanValue()).isFalse();
        assertThat(unknown.at("/tenant/decision/failure").stringValue()).isEqualTo("tenant_unknown");
        assertThat(down.at("/served").booleanValue()).isFalse();
        assertThat(down.at("/tenant/failure").stringValue()).isEqualTo("directory_unavailable");
        assertThat(down.at("/token/accepted").booleanValue()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "eyJ.eyJ.sig",
                "[]",
                "{}",
                "{\"token\": 1}",
                "{\"token\": \" \"}",
                "{\"token\": \"a.b.c\", \"path\": \"x\"}",
                "{\"token\": \"a.b.c\", \"more\": 1}"
            })
    void refusesWhatItCannotExplain(String body) {
        HttpResponse<String> answer = post(body, Optional.empty());

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("expected").doesNotContain("eyJ", "a.b.c");
    }

    /** Who may ask can try tokens out. */
    @Test
    void isGuardedLikeAChange() {
        String body = "{\"token\": \"" + token(Duration.ofMinutes(10)) + "\"}";
        assertThat(send(request()
                                .header("Origin", "https://evil.example")
                                .POST(HttpRequest.BodyPublishers.ofString(body)))
                        .statusCode())
                .isEqualTo(403);
        assertThat(send(request().GET()).statusCode()).isEqualTo(405);
        server.close().block();
        server = serve(Optional.of(new Secret("s3cret")));

        assertThat(post(body, Optional.empty()).statusCode()).isEqualTo(401);
        assertThat(post(body, Optional.of("s3cret")).statusCode()).isEqualTo(200);
    }

    private static String token(Duration lifetime) {
        Clock clock =
                lifetime.isNegative() ? Clock.offset(Clock.systemUTC(), lifetime.minusMinutes(10)) : Clock.systemUTC();
        Duration positive = lifetime.isNegative() ? Duration.ofMinutes(10) : lifetime;
        return TokenSigner.of(SECRET, clock)
                .sign(new TokenGrant(TENANT, "tenant_id", "somebody", Optional.empty(), List.of(), positive));
    }

    private JsonNode explain(String body) {
        HttpResponse<String> answer = post(body, Optional.empty());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return OpsAnswer.JSON.readTree(answer.body());
    }

    private HttpResponse<String> post(String body, Optional<String> opsToken) {
        HttpRequest.Builder request = request().POST(HttpRequest.BodyPublishers.ofString(body));
        opsToken.ifPresent(token -> request.header("Authorization", "Bearer " + token));
        return send(request);
    }

    private HttpRequest.Builder request() {
        return request("/explain");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }
}
