package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.TokenConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hostile {@code Authorization} fields through the whole edge: each 401 or 400 with a reason, none reaches the pod. */
class HostileTokensTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @SuppressWarnings("TimeInStaticInitializer") // one moment for all tokens, of a class that lives for seconds
    private static final long NOW = Instant.now().getEpochSecond();

    private static final String ISSUER = "https://issuer.example";
    private static final ECKey EC =
            key(() -> new ECKeyGenerator(Curve.P_256).keyID("ec").generate());
    private static final ECKey STRANGER =
            key(() -> new ECKeyGenerator(Curve.P_256).keyID("ec").generate());
    private static final RSAKey RSA =
            key(() -> new RSAKeyGenerator(2048).keyID("rsa").generate());
    private static final String ES_HEADER = "{\"alg\":\"ES256\",\"kid\":\"ec\"}";
    private static final String GOOD = es256(ES_HEADER, claims());

    @TempDir
    static Path folder;

    private static final Queue<RequestTimeline> TIMELINES = new ConcurrentLinkedQueue<>();
    private static final MeterRegistry REGISTRY = new SimpleMeterRegistry();
    private static ScriptedPod pod;
    private static JwtTokenVerifier tokens;
    private static EdgeServer edge;

    @BeforeAll
    static void start() throws Exception {
        Path jwks = Files.writeString(folder.resolve("jwks.json"), new JWKSet(java.util.List.of(EC, RSA)).toString());
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_EDGE_HOST", "127.0.0.1",
                "GATEWAY_EDGE_PORT", "0",
                "GATEWAY_EDGE_EVENT_LOOPS", "1",
                "GATEWAY_JWKS_FILE", jwks.toString(),
                "GATEWAY_JWT_ISSUER", ISSUER,
                "GATEWAY_JWT_AUDIENCE", "edge")));
        tokens = JwtTokenVerifier.create(
                TokenConfig.read(reader), Revocations.none(REGISTRY, Clock.systemUTC()), REGISTRY, Clock.systemUTC());
        tokens.load().block(PATIENCE);
        tokens.signatures().load().block(PATIENCE);
        pod = new ScriptedPod();
        Actors.Routes routes = new Actors.Routes();
        routes.put(TestEdge.hot(pod.address(), 1));
        edge = EdgeServer.start(
                EdgeConfig.read(reader),
                UpstreamConfig.read(reader),
                ColdConfig.read(reader),
                tokens,
                routes,
                new Actors.Contexts(),
                new Actors.Wakes(),
                TIMELINES::add);
        reader.finish();
    }

    @AfterAll
    static void stop() throws Exception {
        edge.drain(Duration.ofMillis(1)).block(PATIENCE);
        tokens.close();
        pod.close();
    }

    static Stream<Arguments> attacks() {
        return Stream.of(fields(), algorithms(), keys(), signatures(), shapes(), claimSets())
                .flatMap(all -> all);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void isRefusedWithAReasonAndReachesNoPod(String attack, String fields) throws Exception {
        TIMELINES.clear();
        try (RawClient client = new RawClient(edge.address())) {
            RawClient.Answer answer = client.send(
                            "GET / HTTP/1.1\r\nHost: tenant.example\r\nConnection: close\r\n" + fields + "\r\n")
                    .read();

            assertThat(answer.status()).isIn(400, 401);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(answer.body())
                    .contains("\"detail\":\"")
                    .doesNotContain(ISSUER, "passwd", "Exception", TestEdge.TENANT.toString());
            if (answer.status() == 401) {
                assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer");
            }
        }
        org.awaitility.Awaitility.await().atMost(PATIENCE).until(() -> !TIMELINES.isEmpty());
        assertThat(TIMELINES.element().failure)
                .as("the reason in log and metric")
                .isNotNull();
        assertThat(pod.accepted()).isZero();
    }

    @Test
    void manyKindsAreTriedAndTheGoodOneIsGood() {
        assertThat(attacks().count()).isGreaterThanOrEqualTo(60);
        assertThat(tokens.verify(GOOD).block(PATIENCE)).isNotNull();
        assertThat(REGISTRY.find("token.verifications").counters())
                .extracting(Counter::count)
                .isNotEmpty();
    }

    private static Stream<Arguments> fields() {
        String bearer = "Authorization: Bearer " + GOOD + "\r\n";
        return Stream.of(
                raw("none at all", ""),
                raw("empty", "Authorization:\r\n"),
                raw("the scheme alone", "Authorization: Bearer\r\n"),
                raw("the scheme and a blank", "Authorization: Bearer \r\n"),
                raw("two blanks", "Authorization: Bearer  " + GOOD + "\r\n"),
                raw("a tab", "Authorization: Bearer\t" + GOOD + "\r\n"),
                raw("no scheme", "Authorization: " + GOOD + "\r\n"),
                raw("Basic", "Authorization: Basic dXNlcjpwYXNz\r\n"),
                raw("DPoP", "Authorization: DPoP " + GOOD + "\r\n"),
                raw("twice the same", bearer + bearer),
                raw("two different", bearer + "Authorization: Bearer x.y.z\r\n"),
                raw("two schemes", "Authorization: Basic dXNlcjpwYXNz\r\n" + bearer),
                raw("two in another case", bearer + "AUTHORIZATION: Bearer x.y.z\r\n"),
                raw("a list", "Authorization: Bearer " + GOOD + ", Bearer " + GOOD + "\r\n"),
                raw("with parameters", "Authorization: Bearer " + GOOD + "; a=b\r\n"),
                raw("quoted", "Authorization: Bearer \"" + GOOD + "\"\r\n"),
                raw("folded", "Authorization: Bearer\r\n " + GOOD + "\r\n"),
                raw(
                        "a line break within",
                        "Authorization: Bearer " + GOOD.substring(0, 20) + "\n" + GOOD.substring(20) + "\r\n"),
                raw("a null within", "Authorization: Bearer " + GOOD + "\u0000\r\n"),
                raw("a blank within", "Authorization: Bearer " + GOOD.replace(".", ". ") + "\r\n"),
                raw("in another field", "X-Authorization: Bearer " + GOOD + "\r\n"),
                raw("in a cookie", "Cookie: token=" + GOOD + "\r\n"));
    }

    private static Stream<Arguments> algorithms() {
        byte[] der = encoded(() -> RSA.toRSAPublicKey().getEncoded());
        String pem = "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END PUBLIC KEY-----\n";
        return Stream.concat(
                Stream.of("none", "None", "NONE", "nOnE", "", "null", "HS384", "ES256K", "dir", "RS1", "es256")
                        .map(alg ->
                                token("alg '" + alg + "'", unsigned("{\"alg\":\"" + alg + "\"}", claims()) + "AAAA")),
                Stream.of(
                        token("none, nothing behind", unsigned("{\"alg\":\"none\"}", claims())),
                        token("HS256 by the public key's PEM", hmac(pem.getBytes(StandardCharsets.US_ASCII))),
                        token("HS256 by its DER", hmac(der)),
                        token("HS256 by its modulus", hmac(RSA.getModulus().decode())),
                        token("RS256 by an EC key's name", rs256("{\"alg\":\"RS256\",\"kid\":\"ec\"}")),
                        token("ES256 by an RSA key's name", es256("{\"alg\":\"ES256\",\"kid\":\"rsa\"}", claims())),
                        token("PS256 that is RS256", rs256("{\"alg\":\"PS256\",\"kid\":\"rsa\"}"))));
    }

    private static Stream<Arguments> keys() {
        String jwk = STRANGER.toPublicJWK().toJSONString();
        return Stream.of(
                token("jwk injected", strange("{\"alg\":\"ES256\",\"kid\":\"ec\",\"jwk\":" + jwk + "}")),
                token("jku injected", strange("{\"alg\":\"ES256\",\"kid\":\"ec\",\"jku\":\"http://127.0.0.1:1/\"}")),
                token("x5u injected", strange("{\"alg\":\"ES256\",\"kid\":\"ec\",\"x5u\":\"http://127.0.0.1:1/\"}")),
                token("x5c injected", strange("{\"alg\":\"ES256\",\"kid\":\"ec\",\"x5c\":[\"MIIB\"]}")),
                token("kid a path", strange("{\"alg\":\"ES256\",\"kid\":\"../../../../etc/passwd\"}")),
                token("kid SQL", strange("{\"alg\":\"ES256\",\"kid\":\"' OR 1=1 --\"}")),
                token("kid null byte", strange("{\"alg\":\"ES256\",\"kid\":\"ec\\u0000\"}")),
                token("kid look-alike", strange("{\"alg\":\"ES256\",\"kid\":\"e\\u0441\"}")),
                token("kid a list", strange("{\"alg\":\"ES256\",\"kid\":[\"ec\"]}")),
                token("crit", es256("{\"alg\":\"ES256\",\"kid\":\"ec\",\"crit\":[\"x\"],\"x\":1}", claims())),
                token(
                        "typ of a logout token",
                        es256("{\"alg\":\"ES256\",\"kid\":\"ec\",\"typ\":\"logout+jwt\"}", claims())),
                token("alg twice", es256("{\"alg\":\"none\",\"alg\":\"ES256\",\"kid\":\"ec\"}", claims())),
                token("b64 false", es256("{\"alg\":\"ES256\",\"kid\":\"ec\",\"b64\":false}", claims())));
    }

    private static Stream<Arguments> signatures() {
        byte[] good = new Base64URL(GOOD.substring(GOOD.lastIndexOf('.') + 1)).decode();
        byte[] ones = new byte[64];
        Arrays.fill(ones, (byte) 0xff);
        byte[] flipped = good.clone();
        flipped[40] ^= 1;
        return Stream.of(
                token("psychic", signed(new byte[64])),
                token("psychic, short", signed(new byte[2])),
                token("all ones", signed(ones)),
                token("a bit flipped", signed(flipped)),
                token("cut", signed(Arrays.copyOf(good, 63))),
                token("longer", signed(Arrays.copyOf(good, 65))),
                token("DER", signed(encoded(() -> com.nimbusds.jose.crypto.impl.ECDSA.transcodeSignatureToDER(good)))),
                token("empty", signed(new byte[0])),
                token("RSA, empty", unsigned("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", claims())),
                token("padded", GOOD + "=="),
                token("stray bits", GOOD.substring(0, GOOD.length() - 1) + strayed(GOOD.charAt(GOOD.length() - 1))),
                token("of another's claims", swappedClaims()));
    }

    private static Stream<Arguments> shapes() {
        String[] parts = GOOD.split("\\.");
        return Stream.of(
                token("one part", parts[0]),
                token("two parts", parts[0] + "." + parts[1]),
                token("four parts", GOOD + ".AAAA"),
                token("five parts", Base64URL.encode("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}") + "..AAAA.AAAA.AAAA"),
                token("dots", "..."),
                token("plain base64", GOOD.replace('-', '+').replace('_', '/') + "+/"),
                token("huge", es256(ES_HEADER, claims("\"pad\":\"" + "x".repeat(9_000) + "\""))),
                token(
                        "deep",
                        es256(ES_HEADER, claims("\"x\":" + "[".repeat(1_500) + "]".repeat(1_500)))
                                .replaceFirst("\\.[^.]*$", ".AAAA")),
                token("header no JSON", Base64URL.encode("alg=ES256") + "." + parts[1] + "." + parts[2]),
                token("claims no JSON", es256(ES_HEADER, "tenant")));
    }

    private static Stream<Arguments> claimSets() {
        return Stream.of(
                        "\"exp\":" + (NOW - 60),
                        "\"exp\":\"" + (NOW + 600) + "\"",
                        "\"exp\":NaN",
                        "\"exp\":1e400",
                        "\"exp\":null",
                        "\"exp\":-1",
                        "\"nbf\":" + (NOW + 600),
                        "\"iat\":" + (NOW + 600),
                        "\"aud\":\"other\"",
                        "\"aud\":[]",
                        "\"aud\":{\"edge\":true}",
                        "\"aud\":[[\"edge\"]]",
                        "\"iss\":\"https://evil.example\"",
                        "\"iss\":\"" + ISSUER + "/\"",
                        "\"iss\":[\"" + ISSUER + "\"]",
                        "\"tenant_id\":null",
                        "\"tenant_id\":[\"" + TestEdge.TENANT + "\"]",
                        "\"tenant_id\":\"*\"",
                        "\"tenant_id\":\"" + TestEdge.TENANT.toString().replace('a', '\u0430') + "\"",
                        "\"tenant_id\":\"" + TestEdge.TENANT + "\",\"tenant_id\":\"" + TestEdge.TENANT + "\"")
                .map(claim -> token("claim " + claim, es256(ES_HEADER, claims(claim))));
    }

    private static Arguments raw(String name, String fields) {
        return Arguments.of(name, fields);
    }

    private static Arguments token(String name, String token) {
        return raw(name, "Authorization: Bearer " + token + "\r\n");
    }

    private static String claims(String... replaced) {
        StringBuilder all = new StringBuilder("{\"sub\":\"user\"");
        for (String claim : new String[] {
            "\"iss\":\"" + ISSUER + "\"",
            "\"aud\":\"edge\"",
            "\"tenant_id\":\"" + TestEdge.TENANT + "\"",
            "\"exp\":" + (NOW + 6_000)
        }) {
            String name = claim.substring(0, claim.indexOf(':') + 1);
            if (Arrays.stream(replaced).noneMatch(other -> other.startsWith(name))) {
                all.append(',').append(claim);
            }
        }
        for (String claim : replaced) {
            all.append(',').append(claim);
        }
        return all.append('}').toString();
    }

    private static String unsigned(String header, String claims) {
        return Base64URL.encode(header) + "." + Base64URL.encode(claims) + ".";
    }

    private static String signed(byte[] signature) {
        return GOOD.substring(0, GOOD.lastIndexOf('.') + 1) + Base64URL.encode(signature);
    }

    private static String swappedClaims() {
        String[] parts = GOOD.split("\\.");
        return parts[0] + "." + Base64URL.encode(claims("\"sub2\":\"admin\"")) + "." + parts[2];
    }

    private static char strayed(char last) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return alphabet.charAt(alphabet.indexOf(last) | 1);
    }

    private static String es256(String header, String claims) {
        return sign(header, claims, JWSAlgorithm.ES256, key(() -> new ECDSASigner(EC)));
    }

    private static String strange(String header) {
        return sign(header, claims(), JWSAlgorithm.ES256, key(() -> new ECDSASigner(STRANGER)));
    }

    private static String rs256(String header) {
        return sign(header, claims(), JWSAlgorithm.RS256, key(() -> new RSASSASigner(RSA)));
    }

    private static String hmac(byte[] secret) {
        return sign(
                "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", claims(), JWSAlgorithm.HS256, key(() -> new MACSigner(secret)));
    }

    private static String sign(String header, String claims, JWSAlgorithm algorithm, JWSSigner signer) {
        String input = Base64URL.encode(header) + "." + Base64URL.encode(claims);
        return input + "."
                + key(() -> signer.sign(new JWSHeader(algorithm), input.getBytes(StandardCharsets.US_ASCII)));
    }

    private static byte[] encoded(Maker<byte[]> maker) {
        return key(maker);
    }

    private interface Maker<T> {
        T make() throws Exception;
    }

    private static <T> T key(Maker<T> maker) {
        try {
            return maker.make();
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }
}
