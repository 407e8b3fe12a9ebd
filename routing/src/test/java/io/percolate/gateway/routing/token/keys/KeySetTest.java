package io.percolate.gateway.routing.token.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KeySetTest {
    private static final ECKey EC = generate(new ECKeyGenerator(Curve.P_256)::generate);
    private static final RSAKey RSA = rsaOf(2048);

    private interface Generator<T> {
        T generate() throws Exception;
    }

    private static <T> T generate(Generator<T> generator) {
        try {
            return generator.generate();
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }

    private static String with(JWK key, String... members) {
        Map<String, Object> json = new HashMap<>(key.toPublicJWK().toJSONObject());
        for (int i = 0; i < members.length; i += 2) {
            json.put(members[i], value(members[i + 1]));
        }
        return JSONObjectUtils.toJSONString(json);
    }

    private static Object value(String text) {
        return text.startsWith("[") ? java.util.List.of(text.substring(1, text.length() - 1)) : text;
    }

    static Stream<Arguments> unusable() {
        return Stream.of(
                Arguments.of("for encryption", with(EC, "use", "enc")),
                Arguments.of("only for signing", with(EC, "key_ops", "[sign]")),
                Arguments.of("alg of another kind", with(EC, "alg", "RS256")),
                Arguments.of("alg of another curve", with(EC, "alg", "ES384")),
                Arguments.of("alg for encryption", with(RSA, "alg", "RSA-OAEP-256")),
                Arguments.of("alg HS256 on a public key", with(RSA, "alg", "HS256")),
                Arguments.of("alg none", with(RSA, "alg", "none")),
                Arguments.of("RSA of 1024 bits", rsaOf(1024).toJSONString()),
                Arguments.of("RSA with exponent 1", with(RSA, "e", "AQ")),
                Arguments.of("a point off its curve", with(EC, "x", EC.getY().toString())),
                Arguments.of("curve secp256k1", with(EC, "crv", "secp256k1")),
                Arguments.of("X25519", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" + EC.getX() + "\"}"),
                Arguments.of("Ed448", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" + EC.getX() + "\"}"),
                Arguments.of("Ed25519 cut", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}"),
                Arguments.of("a shared secret", "{\"kty\":\"oct\",\"k\":\"" + EC.getX() + "\"}"),
                Arguments.of("of no kty", "{\"kid\":\"x\"}"),
                Arguments.of("of an unknown kty", "{\"kty\":\"AKP\",\"kid\":\"x\"}"),
                Arguments.of("no object", "\"key\""));
    }

    /** A public key as these look; nobody could sign for it. */
    private static RSAKey rsaOf(int bits) {
        BigInteger modulus =
                new BigInteger(bits, new SecureRandom()).setBit(bits - 1).setBit(0);
        return new RSAKey.Builder(Base64URL.encode(modulus), Base64URL.from("AQAB")).build();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unusable")
    void leavesOutAKeyThatCannotVerify(String name, String key) {
        KeySet keys = parsed("{\"keys\":[" + key + "," + with(EC, "kid", "good") + "]}");

        assertThat(keys.kids()).containsExactly("good");
        assertThat(keys.ignored()).hasSize(1);
        assertThatExceptionOfType(JwksException.class)
                .isThrownBy(() -> parsed("{\"keys\":[" + key + "]}"))
                .withMessageContaining("no usable key");
    }

    @Test
    void theKeyDecidesTheAlgorithm() {
        KeySet keys = parsed("{\"keys\":[" + with(RSA, "kid", "any") + "," + with(RSA, "kid", "one", "alg", "PS384")
                + "," + with(EC, "kid", "ec") + "]}");

        assertThat(Stream.of(SignatureAlgorithm.values())
                        .filter(a -> keys.named("any").getFirst().fits(a)))
                .containsExactlyElementsOf(SignatureAlgorithm.OF_RSA);
        assertThat(Stream.of(SignatureAlgorithm.values())
                        .filter(a -> keys.named("one").getFirst().fits(a)))
                .containsExactly(SignatureAlgorithm.PS384);
        assertThat(keys.fitting(SignatureAlgorithm.ES256)).isEqualTo(keys.named("ec"));
        assertThat(keys.fitting(SignatureAlgorithm.HS256)).isEmpty();
    }

    @Test
    void oneNameMayStandForKeysOfSeveralKinds() {
        KeySet keys = parsed(
                "{\"keys\":[" + with(RSA, "kid", "a") + "," + with(EC, "kid", "a") + "," + with(EC, "kid", "a") + "]}");

        assertThat(keys.named("a")).hasSize(2);
        assertThat(keys.named("b")).isEmpty();
    }

    @Test
    void aKeyWithoutNameIsCalledByItsThumbprint() throws Exception {
        KeySet keys = parsed("{\"keys\":[" + with(EC) + "]}");

        assertThat(keys.kids()).containsExactly(EC.computeThumbprint().toString());
    }

    @Test
    void theTextOfStrangersIsCleanedForTheLog() {
        assertThat(Printable.of("a\nb\u001b[31m\u0141")).isEqualTo("a?b?[31m?");
        assertThat(Printable.of("x".repeat(500))).hasSize(203).endsWith("...");
    }

    private static KeySet parsed(String json) {
        return KeySet.parse(json, SignatureProvider.of(SignatureProvider.Choice.JDK));
    }
}
