package io.percolate.gateway.bench.demo;

import static io.percolate.gateway.bench.demo.ScenarioClient.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.Deque;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What the product promises, against the demo's processes: two gateways of 128 MiB heap each, management, six pods,
 * PostgreSQL and S3.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ScenarioIT {
    private static final long GIB = 1L << 30;
    /** Generous, since other builds may share the machine; what was measured is printed. */
    private static final Duration SOON = Duration.ofSeconds(30);

    private static Path folder;
    private static Demo demo;
    private static ScenarioClient client;
    private static final Map<Tier, Deque<DemoTenant>> COLD = new LinkedHashMap<>();

    @BeforeAll
    static void startTheDemo() throws InterruptedException {
        folder = TemporaryFolder.create("scenario");
        demo = new Demo(new DemoOptions(0, 2, null), folder, new Progress(System.out));
        demo.start();
        client = new ScenarioClient(demo);
        for (Tier tier : Tier.values()) {
            COLD.put(tier, new ArrayDeque<>(tenants(tier, Residency.COLD)));
        }
    }

    @AfterAll
    static void noProcessLogsALeak() throws IOException {
        List<String> suspicious = new ArrayList<>();
        try (var logs = Files.newDirectoryStream(folder, "*.log")) {
            for (Path log : logs) {
                try (var lines = Files.lines(log)) {
                    lines.filter(line -> line.contains("LEAK"))
                            .forEach(line -> suspicious.add(log.getFileName() + ": " + line));
                }
            }
        }
        client.close();
        demo.close();
        TemporaryFolder.delete(folder);
        assertThat(suspicious).isEmpty();
    }

    @Test
    @Order(1)
    void hotTenantsOfEachTierAreAnsweredByTheirOwnPods() {
        for (Tier tier : Tier.values()) {
            for (DemoTenant tenant : tenants(tier, Residency.HOT)) {
                HttpResponse<String> answer = client.get(tenant.id(), "/whoami");

                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(json(answer).path("tenant").stringValue())
                        .isEqualTo(tenant.id().toString());
                assertThat(json(answer).path("tier").stringValue()).isEqualTo(tier.name());
                assertThat(json(answer).path("pod").stringValue())
                        .startsWith("tier-" + tier.name().toLowerCase(java.util.Locale.ROOT));
                assertThat(json(answer).path("epoch").longValue()).isPositive();
            }
        }
    }

    @Test
    @Order(2)
    void headersThatAClientSpoofsNeverReachAPod() {
        DemoTenant tenant = tenants(Tier.A, Residency.HOT).getFirst();

        HttpResponse<String> answer = client.send(client.request(tenant.id(), "/whoami")
                .header("X-Tenant-Id", "spoofed")
                .header("X-Tenant-Tier", "spoofed")
                .header("x_tenant_id", "spoofed")
                .header("X-Placement-Epoch", "999999")
                .header("X-Forwarded-For", "203.0.113.9")
                .header("Forwarded", "for=203.0.113.9")
                .build());

        JsonNode headers = json(answer).path("headers");
        assertThat(headers.toString())
                .doesNotContain("spoofed")
                .doesNotContain("203.0.113.9")
                .doesNotContain("999999");
        assertThat(headers.path("x-tenant-id").stringValue())
                .isEqualTo(tenant.id().toString());
        assertThat(headers.path("x-tenant-tier").stringValue()).isEqualTo("A");
        assertThat(headers.path("traceparent").stringValue()).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]");
    }

    @Test
    @Order(3)
    void whoMayNotPassIsToldWhy() throws Exception {
        DemoTenant tenant = tenants(Tier.A, Residency.HOT).getFirst();
        RSAPrivateKey key = signingKey();
        RSAPrivateKey foreign = new RSAKeyGenerator(2048).generate().toRSAPrivateKey();
        JWTClaimsSet good = claims(tenant.id().toString()).build();
        Map<String, String> refused = new LinkedHashMap<>();
        refused.put("bad signature", sign(foreign, good));
        refused.put(
                "expired",
                sign(
                        key,
                        claims(tenant.id().toString())
                                .expirationTime(Date.from(Instant.now().minusSeconds(3600)))
                                .build()));
        refused.put(
                "issuer",
                sign(
                        key,
                        claims(tenant.id().toString())
                                .issuer("https://elsewhere.example")
                                .build()));
        refused.put(
                "audience",
                sign(key, claims(tenant.id().toString()).audience("another").build()));
        refused.put("alg none", new PlainJWT(good).serialize());
        refused.put("claim is no UUID", sign(key, claims("not-a-uuid").build()));
        refused.put("not a token", "garbage");

        assertThat(client.send(client.withToken(sign(key, good), "/whoami").build())
                        .statusCode())
                .isEqualTo(200);
        assertThat(client.send(client.at(0, "/whoami").build()).statusCode())
                .as("no token")
                .isEqualTo(401);
        refused.forEach((what, token) -> {
            HttpResponse<String> answer =
                    client.send(client.withToken(token, "/whoami").build());
            assertThat(answer.statusCode()).as(what).isEqualTo(401);
            assertThat(answer.headers().firstValue("Content-Type")).as(what).hasValue("application/problem+json");
            assertThat(answer.headers().firstValue("WWW-Authenticate")).as(what).isPresent();
        });
        assertThat(client.get(new TenantId(UUID.randomUUID()), "/whoami").statusCode())
                .isEqualTo(403);
        assertThat(client.get(ofStatus(TenantStatus.SUSPENDED).id(), "/whoami").statusCode())
                .isEqualTo(403);
        assertThat(client.get(ofStatus(TenantStatus.DELETED).id(), "/whoami").statusCode())
                .isEqualTo(410);
    }

    @Test
    @Order(4)
    void aColdTenantIsAnsweredFromItsContextAndThenByAPod() {
        DemoTenant tenant = cold(Tier.B);

        HttpResponse<String> first = client.get(tenant.id(), "/messages");

        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(first.headers().firstValue("X-Served-From")).hasValue("context");
        assertThat(json(first).isObject()).isTrue();
        await().atMost(SOON).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            HttpResponse<String> later = client.get(tenant.id(), "/whoami");
            assertThat(later.headers().firstValue("X-Served-From")).isNotEqualTo(java.util.Optional.of("context"));
            assertThat(json(later).path("tier").stringValue()).isEqualTo("B");
        });
        assertThat(json(client.get(tenant.id(), "/messages")).path("messages").size())
                .as("its data survived the cold")
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64 << 10, 100 << 20})
    @Order(5)
    void aColdTenantsUploadIsHeldAndReachesThePodWhole(int bytes) throws Exception {
        DemoTenant tenant = cold(bytes == 1 ? Tier.A : Tier.C);

        HttpResponse<String> answer = client.send(client.request(tenant.id(), "/digest")
                .POST(BodyPublishers.fromPublisher(
                        BodyPublishers.ofInputStream(() -> new DeterministicStream(bytes)), bytes))
                .build());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("X-Served-From")).isNotEqualTo(java.util.Optional.of("context"));
        assertThat(json(answer).path("bytes").longValue()).isEqualTo(bytes);
        assertThat(json(answer).path("sha256").stringValue()).isEqualTo(sha256(new DeterministicStream(bytes)));
    }

    @Test
    @Order(6)
    void aThousandRequestsThroughTwoGatewaysLoadAColdTenantOnce() throws IOException {
        DemoTenant tenant = cold(Tier.C);

        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            answers.add(client.sendAsync(client.at(i % 2, "/echo")
                    .header("Authorization", "Bearer " + demo.keys().token(tenant.id()))
                    .POST(BodyPublishers.ofString("held " + i))
                    .build()));
        }

        for (int i = 0; i < answers.size(); i++) {
            HttpResponse<String> answer = answers.get(i).join();
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("held " + i);
        }
        assertThat(loadCalls(tenant.id())).isEqualTo(1 + loadCallsOfSeeding(tenant));
    }

    @Test
    @Order(7)
    void aTenantMovedToAnotherTierBySqlIsAnsweredThereWithoutAnError() throws Exception {
        DemoTenant tenant = tenants(Tier.C, Residency.HOT).getFirst();
        client.send(client.request(tenant.id(), "/kv/before-the-move")
                .PUT(BodyPublishers.ofString("kept"))
                .build());
        assertThat(client.whoAmI(tenant.id()).path("tier").stringValue()).isEqualTo("C");
        AtomicBoolean over = new AtomicBoolean();
        List<Integer> statuses = new ArrayList<>();
        CompletableFuture<Void> traffic = CompletableFuture.runAsync(() -> {
            while (!over.get()) {
                statuses.add(client.get(tenant.id(), "/kv/before-the-move").statusCode());
            }
        });

        sql("UPDATE tenants SET tier = 'A' WHERE id = ?", tenant.id());
        long changed = System.nanoTime();
        await().atMost(SOON)
                .pollInterval(Duration.ofMillis(5))
                .until(() ->
                        client.whoAmI(tenant.id()).path("tier").stringValue().equals("A"));
        System.out.printf("answered by the new tier after %d ms%n", (System.nanoTime() - changed) / 1_000_000);

        over.set(true);
        traffic.get();
        assertThat(statuses).isNotEmpty().containsOnly(200);
        assertThat(client.get(tenant.id(), "/kv/before-the-move").body()).isEqualTo("kept");
    }

    @Test
    @Order(8)
    void aFlushOverHttpDropsTheEntryInEveryGateway() {
        DemoTenant tenant = tenants(Tier.B, Residency.HOT).getFirst();
        for (int gateway = 0; gateway < 2; gateway++) {
            client.send(client.at(gateway, "/whoami")
                    .header("Authorization", "Bearer " + demo.keys().token(tenant.id()))
                    .build());
            assertThat(client.explain(gateway, tenant.id()).path("cached").booleanValue())
                    .isTrue();
        }

        HttpResponse<String> answer = client.admin("POST", "/v1/caches/flush", "{\"tenant\": \"" + tenant.id() + "\"}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path("gateways").intValue()).isEqualTo(2);
        assertThat(json(answer).path("confirmed").intValue()).isEqualTo(2);
        for (int gateway = 0; gateway < 2; gateway++) {
            assertThat(client.explain(gateway, tenant.id()).path("cached").booleanValue())
                    .isFalse();
        }
    }

    @Test
    @Order(9)
    void eventsPassOneByOne() throws IOException {
        DemoTenant tenant = tenants(Tier.A, Residency.HOT).getFirst();

        HttpResponse<InputStream> answer = client.send(
                client.request(tenant.id(), "/events?n=5&interval_ms=300").build(), BodyHandlers.ofInputStream());

        List<Long> arrivals = new ArrayList<>();
        try (var lines = new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("data:")) {
                    arrivals.add(System.nanoTime());
                }
            }
        }
        assertThat(arrivals).hasSize(5);
        assertThat(Duration.ofNanos(arrivals.getLast() - arrivals.getFirst()))
                .as("the first came long before the last was produced")
                .isGreaterThan(Duration.ofMillis(900));
    }

    @Test
    @Order(10)
    void aGibibyteUpArrivesWhole() throws Exception {
        DemoTenant tenant = tenants(Tier.A, Residency.HOT).getFirst();

        HttpResponse<String> answer = client.send(client.request(tenant.id(), "/digest")
                .timeout(Duration.ofMinutes(3))
                .POST(BodyPublishers.fromPublisher(
                        BodyPublishers.ofInputStream(() -> new DeterministicStream(GIB)), GIB))
                .build());

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(json(answer).path("bytes").longValue()).isEqualTo(GIB);
        assertThat(json(answer).path("sha256").stringValue()).isEqualTo(Gibibyte.SHA256);
    }

    @Test
    @Order(11)
    void aGibibyteDownToASlowReaderArrivesWhole() throws Exception {
        DemoTenant tenant = tenants(Tier.A, Residency.HOT).getFirst();

        HttpResponse<InputStream> answer = client.send(
                client.request(tenant.id(), "/bytes/" + GIB)
                        .timeout(Duration.ofMinutes(3))
                        .build(),
                BodyHandlers.ofInputStream());
        String through = sha256(new SlowReader(answer.body()));

        assertThat(through).isEqualTo(Gibibyte.SHA256);
    }

    @Test
    @Order(12)
    void knownTenantsAreServedWhilePostgresIsDownAndNothingIsMissedAfterwards() throws Exception {
        DemoTenant known = tenants(Tier.B, Residency.HOT).getFirst();
        DemoTenant changedLater = tenants(Tier.B, Residency.HOT).getLast();
        client.get(known.id(), "/whoami");
        client.get(changedLater.id(), "/whoami");

        demo.postgres().stop();
        for (int i = 0; i < 20; i++) {
            assertThat(client.get(known.id(), "/whoami").statusCode()).isEqualTo(200);
        }
        long asked = System.nanoTime();
        HttpResponse<String> unknown = client.get(new TenantId(UUID.randomUUID()), "/whoami");
        assertThat(unknown.statusCode()).isEqualTo(503);
        assertThat(unknown.headers().firstValue("Retry-After")).isPresent();
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));

        demo.postgres().restart();
        // At once, so that the change may well come before the gateways listen again.
        sql("UPDATE tenants SET status = 'suspended' WHERE id = ?", changedLater.id());
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(
                                client.get(changedLater.id(), "/whoami").statusCode())
                        .isEqualTo(403));
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(client.get(new TenantId(UUID.randomUUID()), "/whoami")
                                .statusCode())
                        .isEqualTo(403));
        assertThat(client.get(known.id(), "/whoami").statusCode()).isEqualTo(200);
    }

    @Test
    @Order(13)
    void aPodKilledWithinItsAnswerBreaksTheAnswerAndDoesNotHangTheNext() throws Exception {
        DemoTenant tenant = tenants(Tier.C, Residency.HOT).getLast();
        String pod = client.whoAmI(tenant.id()).path("pod").stringValue();
        try (Socket socket = client.raw("GET /bytes/1073741824 HTTP/1.1\r\nHost: demo\r\nAuthorization: Bearer "
                + demo.keys().token(tenant.id()) + "\r\n\r\n")) {
            InputStream in = socket.getInputStream();
            assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");

            ProcessHandle.of(Objects.requireNonNull(demo.pids().get(pod)))
                    .orElseThrow()
                    .destroyForcibly();

            long[] received = new long[1];
            assertThatThrownBy(() -> {
                        received[0] = ScenarioClient.drain(in);
                        if (received[0] < GIB) {
                            throw new IOException("cut off after " + received[0] + " bytes");
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
        long asked = System.nanoTime();
        HttpResponse<String> next = client.send(client.request(tenant.id(), "/echo")
                .POST(BodyPublishers.ofString("x"))
                .build());
        assertThat(next.statusCode()).isIn(200, 502, 503);
        assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(35));
    }

    private static List<DemoTenant> tenants(Tier tier, Residency residency) {
        return demo.tenants().stream()
                .filter(tenant -> tenant.tier() == tier && tenant.residency() == residency)
                .filter(tenant -> tenant.status() == TenantStatus.ACTIVE)
                .toList();
    }

    /** One that no other test has woken. */
    private static DemoTenant cold(Tier tier) {
        return Objects.requireNonNull(COLD.get(tier)).pop();
    }

    private static DemoTenant ofStatus(TenantStatus status) {
        return demo.tenants().stream()
                .filter(tenant -> tenant.status() == status)
                .findFirst()
                .orElseThrow();
    }

    /** How often pods were asked to load the tenant, by their logs. */
    private static long loadCalls(TenantId tenant) throws IOException {
        long calls = 0;
        for (DemoPod pod : demo.pods()) {
            try (var lines = Files.lines(folder.resolve(pod.id() + ".log"))) {
                calls += lines.filter(line -> line.contains("asked to load tenant " + tenant))
                        .count();
            }
        }
        return calls;
    }

    /** The demo's own seeding loads each tenant that has data once. */
    private static long loadCallsOfSeeding(DemoTenant tenant) throws IOException {
        DemoTenant untouched = Objects.requireNonNull(COLD.get(tenant.tier())).peek();
        return untouched == null ? 1 : loadCalls(untouched.id());
    }

    private static void sql(String statement, TenantId tenant) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        demo.postgres().jdbcUrl(),
                        demo.postgres().user(),
                        demo.postgres().password());
                PreparedStatement update = connection.prepareStatement(statement)) {
            update.setObject(1, tenant.value());
            assertThat(update.executeUpdate()).isEqualTo(1);
        }
    }

    private static JWTClaimsSet.Builder claims(String tenant) {
        return new JWTClaimsSet.Builder()
                .issuer(DemoKeys.ISSUER)
                .audience(DemoKeys.AUDIENCE)
                .claim(DemoKeys.TENANT_CLAIM, tenant)
                .expirationTime(Date.from(Instant.now().plusSeconds(600)));
    }

    private static RSAPrivateKey signingKey() throws Exception {
        String pem = Files.readString(demo.keys().signingKey()).replaceAll("-----[A-Z ]+-----|\\s", "");
        PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
        return (RSAPrivateKey) KeyFactory.getInstance("RSA").generatePrivate(spec);
    }

    private static String sign(RSAPrivateKey key, JWTClaimsSet claims) throws Exception {
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("demo-1")
                        .type(JOSEObjectType.JWT)
                        .build(),
                claims);
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }

    private static String sha256(InputStream in) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] chunk = new byte[1 << 16];
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            digest.update(chunk, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** What a gibibyte is expected to be, worked out once. */
    private static final class Gibibyte {
        static final String SHA256 = work();

        private static String work() {
            try {
                return sha256(new DeterministicStream(GIB));
            } catch (Exception impossible) {
                throw new AssertionError(impossible);
            }
        }
    }
}
