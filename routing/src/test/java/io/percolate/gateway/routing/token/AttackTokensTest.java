package io.percolate.gateway.routing.token;

import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_ALGORITHM_REFUSED;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_AUDIENCE_REFUSED;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_EXPIRED;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_ISSUER_REFUSED;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_KEY_UNKNOWN;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_MALFORMED;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_NOT_YET_VALID;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_SIGNATURE_INVALID;
import static io.percolate.gateway.routing.failure.FailureKind.TOKEN_TENANT_INVALID;
import static io.percolate.gateway.routing.token.Forge.ED25519;
import static io.percolate.gateway.routing.token.Forge.NOW;
import static io.percolate.gateway.routing.token.Forge.P256;
import static io.percolate.gateway.routing.token.Forge.RSA;
import static io.percolate.gateway.routing.token.Forge.STRANGER;
import static io.percolate.gateway.routing.token.Forge.claims;
import static io.percolate.gateway.routing.token.Forge.encode;
import static io.percolate.gateway.routing.token.Forge.header;
import static io.percolate.gateway.routing.token.Forge.signatureOf;
import static io.percolate.gateway.routing.token.Forge.token;
import static io.percolate.gateway.routing.token.Forge.tokenByHmac;
import static io.percolate.gateway.routing.token.Forge.withSignature;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What attackers and broken issuers send, and what each of it is refused for. */
class AttackTokensTest {
    private static final BigInteger ED25519_ORDER =
            BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
    private static final String GOOD = token(RSA, claims());
    private static final String GOOD_ES = token(P256, claims());
    private static final String GOOD_ED = token(ED25519, claims());

    @TempDir
    static Path folder;

    private static JwtTokenVerifier verifier;

    @BeforeAll
    static void loadKeys() throws Exception {
        Path jwks =
                Files.writeString(folder.resolve("jwks.json"), Forge.jwks(RSA, P256, Forge.P384, Forge.P521, ED25519));
        VirtualTime time = new VirtualTime();
        verifier = Forge.loaded(Forge.config(Forge.keysByFile(jwks)), new SimpleMeterRegistry(), time);
    }

    @AfterAll
    static void close() {
        verifier.close();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"algorithms", "headers", "keyIds", "signatures", "shapes", "payloads", "times", "parties", "tenants"
    })
    void refuses(String attack, FailureKind expected, String token) {
        Failure refused = Forge.refusal(verifier, token);

        assertThat(refused.kind()).isEqualTo(expected);
        assertThat(refused.clientDetail()).doesNotContain(Forge.ISSUER, RSA.keyId(), P256.keyId(), "passwd", "<");
        assertThat(verifier.cached(token)).isNull();
        assertThat(Forge.refusal(verifier, token).kind())
                .as("refused again, from the cache or not")
                .isEqualTo(expected);
    }

    static Stream<Arguments> algorithms() {
        byte[] der = ((RSAKey) Forge.jwk(RSA)).getModulus().decode();
        String pem = "-----BEGIN PUBLIC KEY-----\n" + Base64.getMimeEncoder().encodeToString(der);
        return Stream.of(
                attack("none, unsigned", TOKEN_ALGORITHM_REFUSED, unsigned("none")),
                attack("None", TOKEN_ALGORITHM_REFUSED, unsigned("None")),
                attack("NONE", TOKEN_ALGORITHM_REFUSED, unsigned("NONE")),
                attack("nOnE", TOKEN_ALGORITHM_REFUSED, unsigned("nOnE")),
                attack("none with a real signature", TOKEN_ALGORITHM_REFUSED, rsa("{\"alg\":\"none\"}", claims())),
                attack("alg empty", TOKEN_ALGORITHM_REFUSED, unsigned("")),
                attack("alg absent", TOKEN_MALFORMED, rsa("{\"kid\":\"" + RSA.keyId() + "\"}", claims())),
                attack("alg null", TOKEN_MALFORMED, rsa("{\"alg\":null}", claims())),
                attack("alg a number", TOKEN_MALFORMED, rsa("{\"alg\":256}", claims())),
                attack("alg a list", TOKEN_MALFORMED, rsa("{\"alg\":[\"RS256\"]}", claims())),
                attack("alg in lower case", TOKEN_ALGORITHM_REFUSED, rsa("{\"alg\":\"rs256\"}", claims())),
                attack("alg with a blank", TOKEN_ALGORITHM_REFUSED, rsa("{\"alg\":\"RS256 \"}", claims())),
                attack("RS1", TOKEN_ALGORITHM_REFUSED, rsa("{\"alg\":\"RS1\"}", claims())),
                attack("ES256K", TOKEN_ALGORITHM_REFUSED, unsigned("ES256K")),
                attack("Ed448", TOKEN_ALGORITHM_REFUSED, unsigned("Ed448")),
                attack("HS384", TOKEN_ALGORITHM_REFUSED, unsigned("HS384")),
                attack("HS512", TOKEN_ALGORITHM_REFUSED, unsigned("HS512")),
                attack("dir", TOKEN_ALGORITHM_REFUSED, unsigned("dir")),
                attack("HS256 by the public key's bytes", TOKEN_ALGORITHM_REFUSED, hmac(der)),
                attack(
                        "HS256 by the public key's PEM",
                        TOKEN_ALGORITHM_REFUSED,
                        hmac(pem.getBytes(StandardCharsets.UTF_8))),
                attack(
                        "HS256 by the public JWK",
                        TOKEN_ALGORITHM_REFUSED,
                        hmac(Forge.jwk(RSA).toJSONString().getBytes(StandardCharsets.UTF_8))),
                attack("HS256 by an empty key", TOKEN_ALGORITHM_REFUSED, hmac(new byte[0])),
                attack("RS384 by a key for RS256", TOKEN_ALGORITHM_REFUSED, signed(RSA, SignatureAlgorithm.RS384)),
                attack("PS256 by a key for RS256", TOKEN_ALGORITHM_REFUSED, signed(RSA, SignatureAlgorithm.PS256)),
                attack(
                        "EdDSA's other name by a key for EdDSA",
                        TOKEN_ALGORITHM_REFUSED,
                        signed(ED25519, SignatureAlgorithm.ED25519)),
                attack(
                        "ES256 naming an RSA key",
                        TOKEN_ALGORITHM_REFUSED,
                        token(header(SignatureAlgorithm.ES256, RSA), claims(), P256, SignatureAlgorithm.ES256)),
                attack(
                        "RS256 naming an EC key",
                        TOKEN_ALGORITHM_REFUSED,
                        token(header(SignatureAlgorithm.RS256, P256), claims(), RSA, SignatureAlgorithm.RS256)),
                attack(
                        "ES384 naming a P-256 key",
                        TOKEN_ALGORITHM_REFUSED,
                        token(header(SignatureAlgorithm.ES384, P256), claims(), Forge.P384, SignatureAlgorithm.ES384)),
                attack(
                        "EdDSA naming an EC key",
                        TOKEN_ALGORITHM_REFUSED,
                        token(header(SignatureAlgorithm.EDDSA, P256), claims(), ED25519, SignatureAlgorithm.EDDSA)));
    }

    static Stream<Arguments> headers() {
        JWK strangers = Forge.jwk(STRANGER);
        String es = "{\"alg\":\"ES256\",";
        String kid = "\"kid\":\"" + P256.keyId() + "\"";
        return Stream.of(
                attack(
                        "jwk of the attacker, no kid",
                        TOKEN_SIGNATURE_INVALID,
                        strange(es + "\"jwk\":" + strangers.toJSONString() + "}")),
                attack(
                        "jwk of the attacker, known kid",
                        TOKEN_SIGNATURE_INVALID,
                        strange(es + kid + ",\"jwk\":" + strangers.toJSONString() + "}")),
                attack(
                        "jku of the attacker, known kid",
                        TOKEN_SIGNATURE_INVALID,
                        strange(es + kid + ",\"jku\":\"http://127.0.0.1:1/jwks\"}")),
                attack(
                        "jku of the attacker, own kid",
                        TOKEN_KEY_UNKNOWN,
                        strange(es + "\"kid\":\"mine\",\"jku\":\"http://127.0.0.1:1/jwks\"}")),
                attack(
                        "x5u of the attacker",
                        TOKEN_SIGNATURE_INVALID,
                        strange(es + kid + ",\"x5u\":\"http://127.0.0.1:1/cert\"}")),
                attack("x5c of the attacker", TOKEN_SIGNATURE_INVALID, strange(es + kid + ",\"x5c\":[\"MIIB\"]}")),
                attack("crit", TOKEN_MALFORMED, es256(es + kid + ",\"crit\":[\"exp\"],\"exp\":1}")),
                attack("crit empty", TOKEN_MALFORMED, es256(es + kid + ",\"crit\":[]}")),
                attack("crit null", TOKEN_MALFORMED, es256(es + kid + ",\"crit\":null}")),
                attack("b64 false", TOKEN_MALFORMED, es256(es + kid + ",\"b64\":false}")),
                attack("b64 false, critical", TOKEN_MALFORMED, es256(es + kid + ",\"b64\":false,\"crit\":[\"b64\"]}")),
                attack("a logout token", TOKEN_MALFORMED, es256(es + kid + ",\"typ\":\"logout+jwt\"}")),
                attack("typ a list", TOKEN_MALFORMED, es256(es + kid + ",\"typ\":[\"JWT\"]}")),
                attack("alg twice", TOKEN_MALFORMED, es256(es + kid + ",\"alg\":\"none\"}")),
                attack("kid twice", TOKEN_MALFORMED, es256(es + kid + ",\"kid\":\"other\"}")),
                attack("a list", TOKEN_MALFORMED, es256("[" + es + kid + "}]")),
                attack("no JSON", TOKEN_MALFORMED, es256("alg=ES256")),
                attack("text after the JSON", TOKEN_MALFORMED, es256(es + kid + "}x")),
                attack("single quotes", TOKEN_MALFORMED, es256("{'alg':'ES256'}")),
                attack("a comment", TOKEN_MALFORMED, es256("/**/" + es + kid + "}")),
                attack("deep nesting", TOKEN_MALFORMED, es256(es + kid + ",\"x\":" + "[".repeat(2_000))),
                attack(
                        "not UTF-8",
                        TOKEN_MALFORMED,
                        encode(new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'})
                                + GOOD.substring(GOOD.indexOf('.'))));
    }

    static Stream<Arguments> keyIds() {
        return Stream.of(
                        named("\"../../../../etc/passwd\"", TOKEN_KEY_UNKNOWN),
                        named("\"/dev/null\"", TOKEN_KEY_UNKNOWN),
                        named("\"' OR '1'='1\"", TOKEN_KEY_UNKNOWN),
                        named("\"key; DROP TABLE tenants\"", TOKEN_KEY_UNKNOWN),
                        named("\"\"", TOKEN_KEY_UNKNOWN),
                        named("\"line\\nbreak\"", TOKEN_KEY_UNKNOWN),
                        named("\"\\u0000\"", TOKEN_KEY_UNKNOWN),
                        named("\"" + "k".repeat(3_000) + "\"", TOKEN_KEY_UNKNOWN),
                        named("\"" + P256.keyId() + " \"", TOKEN_KEY_UNKNOWN),
                        named("null", TOKEN_MALFORMED),
                        named("1", TOKEN_MALFORMED),
                        named("[\"" + P256.keyId() + "\"]", TOKEN_MALFORMED),
                        named("{}", TOKEN_MALFORMED))
                .map(Arguments.class::cast);
    }

    static Stream<Arguments> signatures() {
        byte[] rsa = signatureOf(GOOD);
        byte[] flipped = rsa.clone();
        flipped[17] ^= 1;
        byte[] longer = new byte[rsa.length + 1];
        System.arraycopy(rsa, 0, longer, 1, rsa.length);
        byte[] es = signatureOf(GOOD_ES);
        byte[] rZero = es.clone();
        Arrays.fill(rZero, 0, 32, (byte) 0);
        String[] good = GOOD.split("\\.");
        return Stream.of(
                attack("RSA, a bit flipped", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, flipped)),
                attack("RSA, cut", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, Arrays.copyOf(rsa, rsa.length - 1))),
                attack("RSA, zero in front", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, longer)),
                attack("RSA, all zero", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, new byte[256])),
                attack("RSA, all ones", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, filled(256))),
                attack("empty", TOKEN_SIGNATURE_INVALID, withSignature(GOOD, new byte[0])),
                attack("psychic: r and s zero", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, new byte[64])),
                attack("r zero", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, rZero)),
                attack("r and s beyond the order", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, filled(64))),
                attack("ECDSA in DER", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, der(es))),
                attack("ECDSA, cut", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, Arrays.copyOf(es, 63))),
                attack("ECDSA, longer", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ES, Arrays.copyOf(es, 65))),
                attack(
                        "ECDSA of another curve's length",
                        TOKEN_SIGNATURE_INVALID,
                        withSignature(GOOD_ES, new byte[96])),
                attack(
                        "Ed25519, s + order",
                        TOKEN_SIGNATURE_INVALID,
                        withSignature(GOOD_ED, malleated(signatureOf(GOOD_ED)))),
                attack("Ed25519, all zero", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ED, new byte[64])),
                attack("Ed25519, cut", TOKEN_SIGNATURE_INVALID, withSignature(GOOD_ED, new byte[63])),
                attack(
                        "another token's",
                        TOKEN_SIGNATURE_INVALID,
                        withSignature(GOOD, signatureOf(token(RSA, claims("\"sub\":\"other\""))))),
                attack(
                        "a changed claim",
                        TOKEN_SIGNATURE_INVALID,
                        good[0] + "." + encode(claims("\"sub\":\"admin\"")) + "." + good[2]),
                attack(
                        "a changed header",
                        TOKEN_SIGNATURE_INVALID,
                        encode("{\"typ\":\"JWT\","
                                        + header(SignatureAlgorithm.RS256, RSA).substring(1)) + "." + good[1] + "."
                                + good[2]),
                attack(
                        "of a stranger under a known kid",
                        TOKEN_SIGNATURE_INVALID,
                        strange(header(SignatureAlgorithm.ES256, P256))),
                attack("of a stranger under its own kid", TOKEN_KEY_UNKNOWN, token(STRANGER, claims())));
    }

    static Stream<Arguments> shapes() {
        String[] good = GOOD.split("\\.");
        String[] es = GOOD_ES.split("\\.");
        return Stream.of(
                attack("nothing", TOKEN_MALFORMED, ""),
                attack("one part", TOKEN_MALFORMED, good[0]),
                attack("two parts", TOKEN_MALFORMED, good[0] + "." + good[1]),
                attack("four parts", TOKEN_MALFORMED, GOOD + ".x"),
                attack(
                        "five parts (JWE)",
                        TOKEN_MALFORMED,
                        encode("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}") + "..a.b.c"),
                attack("dots", TOKEN_MALFORMED, ".."),
                attack("many dots", TOKEN_MALFORMED, ".".repeat(8_000)),
                attack("with its scheme", TOKEN_MALFORMED, "Bearer " + GOOD),
                attack("a line break at the end", TOKEN_MALFORMED, GOOD + "\n"),
                attack("a blank within", TOKEN_MALFORMED, good[0] + ". " + good[1] + "." + good[2]),
                attack("padding", TOKEN_MALFORMED, GOOD + "=="),
                attack("padded parts", TOKEN_MALFORMED, good[0] + "=." + good[1] + "." + good[2]),
                attack("plain base64", TOKEN_MALFORMED, good[0] + "." + good[1] + "." + "+/" + good[2].substring(2)),
                attack("an impossible length", TOKEN_MALFORMED, good[0] + "." + good[1] + "." + "AAAAA"),
                attack("stray bits after the signature", TOKEN_MALFORMED, es[0] + "." + es[1] + "." + strayBits(es[2])),
                attack("percent-encoded", TOKEN_MALFORMED, GOOD.replace(".", "%2E")),
                attack("beyond ASCII", TOKEN_MALFORMED, good[0] + "." + good[1] + "\u0141." + good[2]),
                attack(
                        "JSON serialisation",
                        TOKEN_MALFORMED,
                        "{\"payload\":\"" + good[1] + "\",\"signature\":\"" + good[2] + "\"}"),
                attack("too long", TOKEN_MALFORMED, token(P256, claims("\"pad\":\"" + "x".repeat(8_192) + "\""))));
    }

    static Stream<Arguments> payloads() {
        return Stream.of(
                attack("no JSON", TOKEN_MALFORMED, token(P256, "tenant")),
                attack("empty", TOKEN_MALFORMED, token(P256, "")),
                attack("a list", TOKEN_MALFORMED, token(P256, "[" + claims() + "]")),
                attack("a nested token", TOKEN_MALFORMED, token(P256, GOOD)),
                attack(
                        "the tenant twice",
                        TOKEN_MALFORMED,
                        token(P256, claims().replace("{", "{\"tenant_id\":\"00000000-0000-0000-0000-000000000000\","))),
                attack("exp twice", TOKEN_MALFORMED, token(P256, claims().replace("}", ",\"exp\":9999999999}"))),
                attack("sub a number", TOKEN_MALFORMED, token(P256, claims("\"sub\":1"))),
                attack("jti a list", TOKEN_MALFORMED, token(P256, claims("\"jti\":[]"))),
                attack("NaN", TOKEN_MALFORMED, token(P256, claims("\"exp\":NaN"))));
    }

    static Stream<Arguments> times() {
        long now = NOW.getEpochSecond();
        return Stream.of(
                attack("exp absent", TOKEN_MALFORMED, token(P256, claims("\"exp\":"))),
                attack("exp null", TOKEN_MALFORMED, token(P256, claims("\"exp\":null"))),
                attack("exp a text", TOKEN_MALFORMED, token(P256, claims("\"exp\":\"9999999999\""))),
                attack("exp beyond a double", TOKEN_MALFORMED, token(P256, claims("\"exp\":1e400"))),
                attack("expired long ago", TOKEN_EXPIRED, token(P256, claims("\"exp\":1"))),
                attack("exp negative", TOKEN_EXPIRED, token(P256, claims("\"exp\":-1e300"))),
                attack("expired, skew just used up", TOKEN_EXPIRED, token(P256, claims("\"exp\":" + (now - 30)))),
                attack("nbf beyond the skew", TOKEN_NOT_YET_VALID, token(P256, claims("\"nbf\":" + (now + 31)))),
                attack("nbf a text", TOKEN_MALFORMED, token(P256, claims("\"nbf\":\"1\""))),
                attack("issued in the future", TOKEN_NOT_YET_VALID, token(P256, claims("\"iat\":" + (now + 31)))),
                attack("iat a list", TOKEN_MALFORMED, token(P256, claims("\"iat\":[1]"))));
    }

    static Stream<Arguments> parties() {
        return Stream.of(
                attack("another issuer", TOKEN_ISSUER_REFUSED, token(P256, claims("\"iss\":\"https://evil.example\""))),
                attack(
                        "issuer with a slash",
                        TOKEN_ISSUER_REFUSED,
                        token(P256, claims("\"iss\":\"" + Forge.ISSUER + "/\""))),
                attack("issuer absent", TOKEN_ISSUER_REFUSED, token(P256, claims("\"iss\":"))),
                attack("issuer a list", TOKEN_MALFORMED, token(P256, claims("\"iss\":[\"" + Forge.ISSUER + "\"]"))),
                attack("another audience", TOKEN_AUDIENCE_REFUSED, token(P256, claims("\"aud\":\"billing\""))),
                attack("audience absent", TOKEN_AUDIENCE_REFUSED, token(P256, claims("\"aud\":"))),
                attack("audience empty", TOKEN_AUDIENCE_REFUSED, token(P256, claims("\"aud\":[]"))),
                attack("audience of others", TOKEN_AUDIENCE_REFUSED, token(P256, claims("\"aud\":[\"a\",\"b\"]"))),
                attack("audience in upper case", TOKEN_AUDIENCE_REFUSED, token(P256, claims("\"aud\":\"EDGE\""))),
                attack("audience an object", TOKEN_MALFORMED, token(P256, claims("\"aud\":{\"edge\":1}"))),
                attack("audience partly numbers", TOKEN_MALFORMED, token(P256, claims("\"aud\":[\"edge\",1]"))));
    }

    static Stream<Arguments> tenants() {
        String tenant = Forge.TENANT.toString();
        return Stream.of(
                        "",
                        "null",
                        "1",
                        "true",
                        "[\"" + tenant + "\"]",
                        "{\"id\":\"" + tenant + "\"}",
                        "\"\"",
                        "\"*\"",
                        "\"acme\"",
                        "\" " + tenant.substring(1) + "\"",
                        "\"{" + tenant + "}\"",
                        "\"urn:uuid:" + tenant + "\"",
                        "\"" + tenant.replace("-", "") + "\"",
                        "\"+" + tenant.substring(1) + "\"",
                        "\"1-1-1-1-1\"",
                        "\"6f1c3a525-8a5-4d0a-9a4e-0f0d6cbb8a01\"",
                        "\"" + tenant + "\\u0000\"",
                        "\"" + tenant + "," + tenant + "\"")
                .map(value ->
                        attack("tenant " + value, TOKEN_TENANT_INVALID, token(P256, claims("\"tenant_id\":" + value))));
    }

    private static Arguments attack(String name, FailureKind expected, String token) {
        return Arguments.of(name, expected, token);
    }

    private static Arguments named(String kid, FailureKind expected) {
        return attack(
                "kid " + (kid.length() > 60 ? "long" : kid),
                expected,
                es256("{\"alg\":\"ES256\",\"kid\":" + kid + "}"));
    }

    private static String unsigned(String alg) {
        return encode("{\"alg\":\"" + alg + "\"}") + "." + encode(claims()) + ".";
    }

    private static String rsa(String header, String claims) {
        return token(header, claims, RSA, SignatureAlgorithm.RS256);
    }

    private static String es256(String header) {
        return token(header, claims(), P256, SignatureAlgorithm.ES256);
    }

    private static String strange(String header) {
        return token(header, claims(), STRANGER, SignatureAlgorithm.ES256);
    }

    private static String signed(SigningKeys keys, SignatureAlgorithm algorithm) {
        return token(header(algorithm, keys), claims(), keys, algorithm);
    }

    private static String hmac(byte[] secret) {
        return tokenByHmac("{\"alg\":\"HS256\",\"kid\":\"" + RSA.keyId() + "\"}", claims(), secret);
    }

    private static byte[] filled(int length) {
        byte[] ones = new byte[length];
        Arrays.fill(ones, (byte) 0xff);
        return ones;
    }

    private static byte[] der(byte[] raw) {
        byte[] r = new BigInteger(1, Arrays.copyOf(raw, 32)).toByteArray();
        byte[] s = new BigInteger(1, Arrays.copyOfRange(raw, 32, 64)).toByteArray();
        java.nio.ByteBuffer der = java.nio.ByteBuffer.allocate(6 + r.length + s.length);
        der.put((byte) 0x30).put((byte) (4 + r.length + s.length));
        der.put((byte) 2).put((byte) r.length).put(r);
        der.put((byte) 2).put((byte) s.length).put(s);
        return der.array();
    }

    private static byte[] malleated(byte[] signature) {
        byte[] bigEndian = new byte[32];
        for (int i = 0; i < 32; i++) {
            bigEndian[i] = signature[63 - i];
        }
        byte[] s = new BigInteger(1, bigEndian).add(ED25519_ORDER).toByteArray();
        byte[] malleated = signature.clone();
        for (int i = 0; i < 32; i++) {
            malleated[32 + i] = i < s.length ? s[s.length - 1 - i] : 0;
        }
        return malleated;
    }

    /** 64 bytes are 86 characters, the last of which has four bits that do not count. */
    private static String strayBits(String signature) {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        int last = alphabet.indexOf(signature.charAt(signature.length() - 1));
        return signature.substring(0, signature.length() - 1) + alphabet.charAt(last | 1);
    }
}
