package io.percolate.gateway.proxy.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.metrics.GatewayMetrics;
import io.percolate.gateway.proxy.noise.TenantShares;
import io.percolate.gateway.proxy.noise.TopTenants;
import io.percolate.gateway.proxy.ops.Readiness.Dependency;
import io.percolate.gateway.proxy.ops.Readiness.Need;
import io.percolate.gateway.proxy.ops.Readiness.Stage;
import io.percolate.gateway.proxy.ops.Readiness.State;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OpsServerTest {
    private static final TenantId TENANT = TenantId.of("6f1c4b1e-7f0a-4f0e-9d5a-0a53c3ab4a01");

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final GatewayMetrics metrics = new GatewayMetrics();
    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final RecordingCache routes = new RecordingCache(CacheName.ROUTES, 3);
    private final RecordingCache tokens = new RecordingCache(CacheName.TOKENS, 1);
    private final TenantShares shares = new TenantShares(2, 1, 0);
    private final AtomicInteger drains = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();
    private volatile State database = new State(true, "connected");
    private final Readiness readiness = new Readiness(List.of(new Dependency("database", Need.ONCE, () -> database)));
    private OpsServer server;

    @BeforeEach
    void start() {
        server = serve(Optional.empty());
        readiness.enter(Stage.SERVING);
    }

    @AfterEach
    void stop() {
        server.close().block();
        client.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        metrics.close();
    }

    private OpsServer serve(Optional<Secret> token) {
        List<EventExecutor> loops = new ArrayList<>();
        group.forEach(loops::add);
        return Objects.requireNonNull(OpsServer.start(
                        new OpsConfig("127.0.0.1", 0, token, Duration.ofMillis(300)),
                        new OpsSubjects(
                                new Liveness(loops, Duration.ofMillis(300)),
                                readiness,
                                metrics,
                                directory,
                                ColdStartRules.DEFAULT,
                                new LocalCaches(List.of(routes, tokens)),
                                ExplainTest.subjects(ExplainTest.verifier()),
                                List::of,
                                shares::top,
                                drains::incrementAndGet))
                .block());
    }

    @Test
    void namesTheTenantsThatTookMost() {
        TenantId loud = TenantId.of("6f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b");
        for (int i = 0; i < 4; i++) {
            RequestTimeline timeline = new RequestTimeline();
            timeline.tenant = i == 0 ? TenantId.of("7f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b") : loud;
            timeline.status = 200;
            shares.completed(timeline);
        }
        shares.turn(Duration.ofSeconds(5).toNanos());

        JsonNode top = json(get("/tenants/top"));

        assertThat(top.at("/window_ms").intValue()).isEqualTo(5_000);
        assertThat(top.at("/requests/total").intValue()).isEqualTo(4);
        assertThat(top.at("/requests/tenants/0/tenant").asString()).isEqualTo(loud.toString());
        assertThat(top.at("/requests/tenants/0/share").doubleValue()).isEqualTo(0.75);
        assertThat(top.at("/errors/tenants")).isEmpty();
    }

    @Test
    void isHealthyWhileEveryEventLoopTurns() {
        HttpResponse<String> answer = get("/health");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).at("/alive").booleanValue()).isTrue();
        assertThat(json(answer).at("/event_loops")).hasSize(2);
    }

    @Test
    void isNotHealthyWhileAnEventLoopIsStuckAndIsAgainAfterwards() {
        CountDownLatch free = new CountDownLatch(1);
        group.next().execute(() -> spinUntil(free));

        HttpResponse<String> stuck = get("/health");
        free.countDown();

        assertThat(stuck.statusCode()).isEqualTo(503);
        assertThat(json(stuck).at("/event_loops").findValuesAsString("answered"))
                .containsExactlyInAnyOrder("true", "false");
        assertThat(get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void staysHealthyWhenItsEventLoopsWereShutDownByADrain() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();

        assertThat(get("/health").statusCode()).isEqualTo(200);
    }

    @Test
    void isReadyAndStaysSoWhenPostgresGoesAwayLater() {
        assertThat(get("/ready").statusCode()).isEqualTo(200);
        database = new State(false, "connection refused");

        HttpResponse<String> later = get("/ready");

        assertThat(later.statusCode()).isEqualTo(200);
        assertThat(json(later).at("/dependencies/database/up").booleanValue()).isFalse();
        assertThat(json(later).at("/dependencies/database/detail").stringValue())
                .isEqualTo("connection refused");
    }

    @Test
    void isNotReadyWhileItDrains() {
        readiness.enter(Stage.DRAINING);

        HttpResponse<String> answer = get("/ready");

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(json(answer).at("/stage").stringValue()).isEqualTo("draining");
    }

    @Test
    void exposesMetricsInBothFormats() {
        HttpResponse<String> plain = get("/metrics");
        HttpResponse<String> open = send(request("/metrics")
                .header("Accept", "application/openmetrics-text; version=1.0.0")
                .GET());

        assertThat(plain.statusCode()).isEqualTo(200);
        assertThat(plain.headers().firstValue("content-type")).hasValue("text/plain; version=0.0.4; charset=utf-8");
        assertThat(open.headers().firstValue("content-type").orElseThrow()).startsWith("application/openmetrics-text");
        assertThat(open.body()).endsWith("# EOF\n");
    }

    @Test
    void explainsTheRouteOfAHotTenant() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.HOT, Tier.A));

        JsonNode first = json(get("/routes/" + TENANT));
        JsonNode second = json(get("/routes/" + TENANT));

        assertThat(first.at("/cached").booleanValue()).isFalse();
        assertThat(second.at("/cached").booleanValue()).isTrue();
        assertThat(second.at("/source").stringValue()).isEqualTo("postgres");
        assertThat(second.at("/age_ms").longValue()).isEqualTo(1_500);
        assertThat(second.at("/version").longValue()).isEqualTo(17);
        assertThat(second.at("/route/placement/pod").stringValue()).isEqualTo("a-0");
        assertThat(second.at("/route/placement/epoch").longValue()).isEqualTo(4);
        assertThat(second.at("/decision/action").stringValue()).isEqualTo("forward");
        assertThat(second.at("/decision/address").stringValue()).isEqualTo("10.0.0.7:8000");
    }

    @ParameterizedTest
    @CsvSource({
        "ACTIVE, HOT, B, hold",
        "ACTIVE, MOVING, A, hold",
        "ACTIVE, WARM, A, cold_start",
        "ACTIVE, COLD, A, cold_start",
        "ACTIVE, ARCHIVED, A, cold_start",
        "SUSPENDED, HOT, A, refuse",
        "DELETED, COLD, A, refuse",
    })
    void explainsEveryDecision(TenantStatus status, Residency residency, Tier podTier, String action) {
        directory.store(ScriptedDirectory.route(TENANT, status, residency, podTier));

        assertThat(json(get("/routes/" + TENANT)).at("/decision/action").stringValue())
                .isEqualTo(action);
    }

    @Test
    void explainsWhoAnswersAColdTenantsRequests() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.COLD, Tier.A));

        JsonNode decision = json(get("/routes/" + TENANT)).at("/decision");

        assertThat(decision.get("why").stringValue()).isEqualTo("it is cold");
        assertThat(decision.get("GET /").stringValue()).isEqualTo("context");
        assertThat(decision.get("POST /").stringValue()).isEqualTo("hold");
    }

    @Test
    void explainsThatATenantIsUnknown() {
        JsonNode view = json(get("/routes/" + TENANT));

        assertThat(view.at("/known").booleanValue()).isFalse();
        assertThat(view.at("/decision/failure").stringValue()).isEqualTo("tenant_unknown");
    }

    @Test
    void saysThatTheDirectoryDoesNotAnswer() {
        directory.down = true;

        HttpResponse<String> answer = get("/routes/" + TENANT);

        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(problem(answer)).contains("directory_unavailable");
    }

    @Test
    void saysWhichRuleWouldFireForARequest() {
        directory.store(ScriptedDirectory.route(TENANT, TenantStatus.ACTIVE, Residency.COLD, Tier.A));

        JsonNode decision = json(get("/routes/" + TENANT + "?method=get&path=%2Fa%3Fb&content_type=text%2Fplain"))
                .at("/decision");

        assertThat(decision.at("/responder").stringValue()).isEqualTo("context");
        assertThat(decision.at("/rule").stringValue()).isNotBlank();
        assertThat(get("/routes/" + TENANT + "?pth=/").statusCode()).isEqualTo(400);
        assertThat(get("/routes/" + TENANT + "?path=a").statusCode()).isEqualTo(400);
        assertThat(get("/routes/" + TENANT + "?path=/&path=/").statusCode()).isEqualTo(400);
    }

    @Test
    void refusesWhatIsNotATenant() {
        HttpResponse<String> answer = get("/routes/acme");

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(problem(answer)).contains("expected a tenant's UUID", "'acme'");
    }

    @Test
    void flushesTheCachesAskedForAndSaysHowManyEntriesWent() {
        HttpResponse<String> one = post("/caches/flush", "{\"tenant\": \"" + TENANT + "\", \"caches\": [\"routes\"]}");
        HttpResponse<String> all = post("/caches/flush", "{\"all\": true}");

        assertThat(one.statusCode()).isEqualTo(200);
        assertThat(json(one)).isEqualTo(OpsAnswer.JSON.readTree("{\"flushed\": {\"routes\": 3}}"));
        assertThat(json(all)).isEqualTo(OpsAnswer.JSON.readTree("{\"flushed\": {\"routes\": 3, \"tokens\": 1}}"));
        assertThat(routes.flushed).containsExactly(new FlushScope.OneTenant(TENANT), new FlushScope.All());
        assertThat(tokens.flushed).containsExactly(new FlushScope.All());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "no json",
                "[]",
                "{}",
                "{\"all\": false}",
                "{\"all\": true, \"tier\": \"A\"}",
                "{\"tier\": \"D\"}",
                "{\"tier\": 1}",
                "{\"tenant\": \"acme\"}",
                "{\"all\": true, \"caches\": []}",
                "{\"all\": true, \"caches\": [\"dns\"]}",
                "{\"all\": true, \"force\": true}",
            })
    void refusesAFlushThatIsNotClear(String body) {
        HttpResponse<String> answer = post("/caches/flush", body);

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(problem(answer)).contains("expected");
        assertThat(routes.flushed).isEmpty();
    }

    @Test
    void refusesABodyThatIsTooLarge() {
        assertThat(post("/caches/flush", " ".repeat(OpsBody.BYTES_MAX + 1)).statusCode())
                .isEqualTo(413);
        assertThat(post("/caches/flush", "{\"all\": true}" + " ".repeat(OpsBody.BYTES_MAX - 13))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void refusesABodyThatTurnsOutTooLarge() {
        HttpResponse<String> answer = send(request("/caches/flush")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[1 << 20]))));

        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void startsToDrain() {
        assertThat(post("/drain", "").statusCode()).isEqualTo(202);
        assertThat(drains).hasValue(1);
    }

    @Test
    void answersNotFoundElsewhere() {
        HttpResponse<String> answer = get("/nothing?here=1");

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(problem(answer)).contains("/nothing");
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /health, 'GET, HEAD'",
        "GET, /drain, POST",
        "PUT, /caches/flush, POST",
        "DELETE, /metrics, 'GET, HEAD'"
    })
    void namesTheMethodsThatWouldBeRight(String method, String path, String allowed) {
        HttpResponse<String> answer = send(request(path).method(method, HttpRequest.BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).hasValue(allowed);
        assertThat(drains).hasValue(0);
    }

    @Test
    void answersHeadLikeGetWithoutTheBody() throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.getOutputStream()
                    .write("HEAD /ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answer).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
            assertThat(answer.toLowerCase(Locale.ROOT))
                    .containsPattern("content-length: [1-9]")
                    .contains("cache-control: no-store");
        }
    }

    @Test
    void takesNoChangesFromWebPagesWithoutAToken() {
        HttpResponse<String> answer = send(
                request("/drain").header("Origin", "https://evil.example").POST(HttpRequest.BodyPublishers.noBody()));

        assertThat(answer.statusCode()).isEqualTo(403);
        assertThat(drains).hasValue(0);
    }

    @Test
    void takesChangesOnlyWithTheTokenWhereOneIsSet() {
        server.close().block();
        server = serve(Optional.of(new Secret("s3cret")));

        HttpResponse<String> without = post("/drain", "");
        HttpResponse<String> wrong = send(
                request("/drain").header("Authorization", "Bearer s3cre7").POST(HttpRequest.BodyPublishers.noBody()));
        HttpResponse<String> right = send(
                request("/drain").header("Authorization", "bearer s3cret").POST(HttpRequest.BodyPublishers.noBody()));

        assertThat(without.statusCode()).isEqualTo(401);
        assertThat(without.headers().firstValue("www-authenticate")).hasValue("Bearer");
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(right.statusCode()).isEqualTo(202);
        assertThat(drains).hasValue(1);
        assertThat(get("/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void saysWhenItsAddressIsTaken() {
        OpsConfig taken =
                new OpsConfig("127.0.0.1", server.address().getPort(), Optional.empty(), Duration.ofSeconds(1));
        OpsSubjects subjects = new OpsSubjects(
                new Liveness(List.of(), Duration.ofSeconds(1)),
                readiness,
                metrics,
                directory,
                ColdStartRules.DEFAULT,
                new LocalCaches(List.of()),
                ExplainTest.subjects(ExplainTest.verifier()),
                List::of,
                () -> TopTenants.NONE,
                () -> {});

        assertThat(OpsServer.start(taken, subjects).materialize().block())
                .satisfies(signal -> assertThat(signal.isOnError()).isTrue());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.address().getPort() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(10));
    }

    private HttpResponse<String> get(String path) {
        return send(request(path).GET());
    }

    private HttpResponse<String> post(String path, String body) {
        return send(request(path).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), BodyHandlers.ofString());
        } catch (IOException | InterruptedException failed) {
            throw new AssertionError(failed);
        }
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return OpsAnswer.JSON.readTree(answer.body());
    }

    private static String problem(HttpResponse<String> answer) {
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/problem+json");
        assertThat(json(answer).at("/status").intValue()).isEqualTo(answer.statusCode());
        return json(answer).at("/detail").stringValue();
    }

    /** Keeps the loop busy without a call that BlockHound would end. */
    private static void spinUntil(CountDownLatch latch) {
        long turns = 0;
        while (latch.getCount() > 0) {
            turns++;
        }
        assertThat(turns).isPositive();
    }

    private static final class RecordingCache implements FlushableCache {
        private final CacheName name;
        private final long entries;
        private final List<FlushScope> flushed = new ArrayList<>();

        private RecordingCache(CacheName name, long entries) {
            this.name = name;
            this.entries = entries;
        }

        @Override
        public CacheName name() {
            return name;
        }

        @Override
        public long flush(FlushScope scope) {
            flushed.add(scope);
            return entries;
        }
    }
}
