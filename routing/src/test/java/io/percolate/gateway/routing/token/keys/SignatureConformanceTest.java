package io.percolate.gateway.routing.token.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.Ed25519Signer;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.OctetKeyPairGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Both providers say the same of every signature, good, bad and absurd. */
class SignatureConformanceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final byte[] SIGNED = "header.payload".getBytes(StandardCharsets.US_ASCII);
    private static final SignatureProvider JDK = SignatureProvider.of(SignatureProvider.Choice.JDK);
    private static final SignatureProvider NATIVE = SignatureProvider.of(SignatureProvider.Choice.NATIVE);
    private static final Map<SignatureAlgorithm, JWK> KEYS = new EnumMap<>(SignatureAlgorithm.class);

    private record Both(VerificationKey byJdk, VerificationKey byNative) {
        static Both of(JWK key) {
            Map<String, Object> json = key.toPublicJWK().toJSONObject();
            return new Both(usable(VerificationKey.parse(json, JDK)), usable(VerificationKey.parse(json, NATIVE)));
        }

        private static VerificationKey usable(VerificationKey.Parsed parsed) {
            assertThat(parsed).isInstanceOf(VerificationKey.Parsed.Usable.class);
            return ((VerificationKey.Parsed.Usable) parsed).key();
        }

        void agree(SignatureAlgorithm algorithm, String what, byte[] signed, byte[] signature, boolean good) {
            String text = Base64URL.encode(signature).toString();
            assertThat(byJdk.verifies(algorithm, signed, text))
                    .as("JDK: " + what)
                    .isEqualTo(good);
            assertThat(byNative.verifies(algorithm, signed, text))
                    .as("native: " + what)
                    .isEqualTo(good);
        }
    }

    @BeforeAll
    static void load() throws Exception {
        NATIVE.load().block(PATIENCE);
        RSAKey rsa = new RSAKeyGenerator(2048).generate();
        for (SignatureAlgorithm algorithm : SignatureAlgorithm.OF_RSA) {
            KEYS.put(algorithm, rsa);
        }
        KEYS.put(SignatureAlgorithm.ES256, new ECKeyGenerator(Curve.P_256).generate());
        KEYS.put(SignatureAlgorithm.ES384, new ECKeyGenerator(Curve.P_384).generate());
        KEYS.put(SignatureAlgorithm.ES512, new ECKeyGenerator(Curve.P_521).generate());
        OctetKeyPair edwards = new OctetKeyPairGenerator(Curve.Ed25519).generate();
        KEYS.put(SignatureAlgorithm.EDDSA, edwards);
        KEYS.put(SignatureAlgorithm.ED25519, edwards);
    }

    private static JWK key(SignatureAlgorithm algorithm) {
        return Objects.requireNonNull(KEYS.get(algorithm));
    }

    private static byte[] sign(SignatureAlgorithm algorithm) throws Exception {
        JWSSigner signer = switch (key(algorithm)) {
            case RSAKey rsa -> new RSASSASigner(rsa);
            case ECKey ec -> new ECDSASigner(ec);
            case OctetKeyPair okp -> new Ed25519Signer(okp);
            default -> throw new AssertionError();
        };
        return signer.sign(algorithm.bareHeader(), SIGNED).decode();
    }

    @Test
    void theNativeProviderIsLoadedHereAndSaysSo() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        NATIVE.show(registry);

        assertThat(NATIVE.isAsChosen()).isTrue();
        assertThat(NATIVE.description()).contains("AmazonCorrettoCryptoProvider 2.");
        assertThat(registry.get("token.signatures.native").gauge().value()).isEqualTo(1);
    }

    @Test
    void theJdkServesWhereItIsChosenOrTheNativeProviderIsNotLoadedYet() {
        SignatureProvider chosen = SignatureProvider.of(SignatureProvider.Choice.JDK);
        chosen.load().block(PATIENCE);

        assertThat(chosen.isAsChosen()).isTrue();
        assertThat(chosen.current()).isNull();
        assertThat(SignatureProvider.of(SignatureProvider.Choice.NATIVE).isAsChosen())
                .isFalse();
    }

    @Test
    void theKnownAnswersAreThoseOfTheJdkToo() {
        KnownAnswers.check(JDK);
        KnownAnswers.check(NATIVE);
    }

    @Test
    void platformsAreNamedAsTheJarsAre() throws IOException {
        assertThat(NativeCrypto.classifier("Linux", "amd64")).isEqualTo("linux-x86_64");
        assertThat(NativeCrypto.classifier("Linux", "aarch64")).isEqualTo("linux-aarch_64");
        assertThat(NativeCrypto.classifier("Mac OS X", "aarch64")).isEqualTo("mac-os-x-aarch_64");
        assertThat(NativeCrypto.jarOf("linux-x86_64")).isFile();
        assertThat(NativeCrypto.jarOf("linux-aarch_64")).isFile();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HS256")
    void agreeOnGoodAndSpoiltSignatures(SignatureAlgorithm algorithm) throws Exception {
        Both keys = Both.of(key(algorithm));
        byte[] good = sign(algorithm);
        keys.agree(algorithm, "good", SIGNED, good, true);
        keys.agree(algorithm, "of another text", "header.other".getBytes(StandardCharsets.US_ASCII), good, false);
        for (Map.Entry<String, byte[]> spoilt : spoilt(good).entrySet()) {
            keys.agree(algorithm, spoilt.getKey(), SIGNED, spoilt.getValue(), false);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HS256")
    void agreeOnEachSingleBitFlipped(SignatureAlgorithm algorithm) throws Exception {
        Both keys = Both.of(key(algorithm));
        byte[] good = sign(algorithm);
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 40; i++) {
            int bit = random.nextInt(good.length * 8);
            byte[] flipped = good.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            keys.agree(algorithm, "bit " + bit + ", seed " + seed, SIGNED, flipped, false);
        }
    }

    private static Map<String, byte[]> spoilt(byte[] good) {
        int length = good.length;
        Map<String, byte[]> all = new LinkedHashMap<>();
        all.put("empty", new byte[0]);
        all.put("one byte", new byte[1]);
        all.put("all zero", new byte[length]);
        byte[] ones = new byte[length];
        Arrays.fill(ones, (byte) 0xff);
        all.put("all ones", ones);
        all.put("cut at the end", Arrays.copyOf(good, length - 1));
        all.put("cut in front", Arrays.copyOfRange(good, 1, length));
        all.put("longer by a zero", Arrays.copyOf(good, length + 1));
        byte[] zeroInFront = new byte[length + 1];
        System.arraycopy(good, 0, zeroInFront, 1, length);
        all.put("longer by a zero in front", zeroInFront);
        all.put("twice", concat(good, good));
        all.put("its first half", Arrays.copyOf(good, length / 2));
        byte[] swapped = concat(Arrays.copyOfRange(good, length / 2, length), Arrays.copyOf(good, length / 2));
        all.put("halves swapped", swapped);
        byte[] firstZero = good.clone();
        Arrays.fill(firstZero, 0, length / 2, (byte) 0);
        all.put("first half zero", firstZero);
        byte[] secondZero = good.clone();
        Arrays.fill(secondZero, length / 2, length, (byte) 0);
        all.put("second half zero", secondZero);
        return all;
    }

    @ParameterizedTest
    @EnumSource(names = {"ES256", "ES384", "ES512"})
    void agreeOnTheEdgesOfEcdsa(SignatureAlgorithm algorithm) throws Exception {
        ECKey key = (ECKey) key(algorithm);
        Both keys = Both.of(key);
        byte[] good = sign(algorithm);
        int half = good.length / 2;
        BigInteger order = key.toECPublicKey().getParams().getOrder();
        BigInteger r = new BigInteger(1, Arrays.copyOf(good, half));
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(good, half, good.length));

        // ECDSA is malleable by its nature, and RFC 7518 does not ask for the lower s: both accept it. A token is known
        // by
        // its whole text, so that nothing is gained by it.
        keys.agree(algorithm, "s negated", SIGNED, pair(r, order.subtract(s), half), true);
        List<BigInteger> absurd =
                new ArrayList<>(List.of(BigInteger.ZERO, BigInteger.ONE, order, order.add(BigInteger.ONE)));
        absurd.add(order.subtract(BigInteger.ONE));
        for (BigInteger one : absurd) {
            for (BigInteger other : absurd) {
                keys.agree(algorithm, "r " + one + ", s " + other, SIGNED, pair(one, other, half), false);
            }
            keys.agree(algorithm, "s " + one, SIGNED, pair(r, one, half), false);
            keys.agree(algorithm, "r " + one, SIGNED, pair(one, s, half), false);
        }
        keys.agree(algorithm, "DER", SIGNED, der(r, s), false);
        keys.agree(algorithm, "s + order", SIGNED, pairWider(r, s.add(order), half), false);
    }

    @ParameterizedTest
    @EnumSource(names = {"EDDSA", "ED25519"})
    void agreeOnTheEdgesOfEd25519(SignatureAlgorithm algorithm) throws Exception {
        Both keys = Both.of(key(algorithm));
        byte[] good = sign(algorithm);
        BigInteger order = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
        BigInteger s = new BigInteger(1, reversed(Arrays.copyOfRange(good, 32, 64)));
        byte[] plusOrder = reversed(fixed(s.add(order), 32));
        keys.agree(algorithm, "s + order", SIGNED, concat(Arrays.copyOf(good, 32), plusOrder), false);
        byte[] identity = new byte[32];
        identity[0] = 1;
        keys.agree(algorithm, "R the identity, s zero", SIGNED, concat(identity, new byte[32]), false);
        byte[] signFlipped = good.clone();
        signFlipped[31] ^= (byte) 0x80;
        keys.agree(algorithm, "R with its sign flipped", SIGNED, signFlipped, false);
    }

    @Test
    void agreeOnAnRsaSignatureBeyondTheModulus() throws Exception {
        RSAKey key = (RSAKey) key(SignatureAlgorithm.RS256);
        Both keys = Both.of(key);
        byte[] good = sign(SignatureAlgorithm.RS256);
        BigInteger modulus = key.getModulus().decodeToBigInteger();
        BigInteger beyond = new BigInteger(1, good).add(modulus);
        keys.agree(SignatureAlgorithm.RS256, "the modulus", SIGNED, fixed(modulus, 256), false);
        if (beyond.bitLength() <= 2048) {
            keys.agree(SignatureAlgorithm.RS256, "plus the modulus", SIGNED, fixed(beyond, 256), false);
        }
        keys.agree(SignatureAlgorithm.RS256, "one", SIGNED, fixed(BigInteger.ONE, 256), false);
        keys.agree(SignatureAlgorithm.PS256, "PKCS#1 where PSS is due", SIGNED, good, false);
        keys.agree(SignatureAlgorithm.RS256, "PSS where PKCS#1 is due", SIGNED, sign(SignatureAlgorithm.PS256), false);
    }

    @Test
    void aKeyTakesTheNativeProviderIntoUseWhenItComes() throws Exception {
        SignatureProvider late = SignatureProvider.of(SignatureProvider.Choice.NATIVE);
        JWK jwk = key(SignatureAlgorithm.ES256);
        VerificationKey key =
                Both.usable(VerificationKey.parse(jwk.toPublicJWK().toJSONObject(), late));
        String signature = Base64URL.encode(sign(SignatureAlgorithm.ES256)).toString();
        assertThat(key.verifies(SignatureAlgorithm.ES256, SIGNED, signature)).isTrue();

        late.load().block(PATIENCE);

        assertThat(late.current()).isNotNull();
        assertThat(key.verifies(SignatureAlgorithm.ES256, SIGNED, signature)).isTrue();
    }

    @Test
    void aProviderThatCannotDoIsFoundOut() {
        assertThatIllegalStateException()
                .isThrownBy(
                        () -> KnownAnswers.check(SignatureProvider.by(new java.security.Provider("none", "1", "") {})))
                .withMessageContaining("takes no key for RS256");
    }

    private static byte[] pair(BigInteger r, BigInteger s, int half) {
        return concat(fixed(r, half), fixed(s, half));
    }

    private static byte[] pairWider(BigInteger r, BigInteger s, int half) {
        int width = Math.max(half, (s.bitLength() + 7) / 8);
        return width == half ? new byte[0] : concat(fixed(r, width), fixed(s, width));
    }

    private static byte[] der(BigInteger r, BigInteger s) {
        byte[] first = r.toByteArray();
        byte[] second = s.toByteArray();
        byte[] head = {0x30, (byte) (first.length + second.length + 4), 2, (byte) first.length};
        return concat(concat(head, first), concat(new byte[] {2, (byte) second.length}, second));
    }

    private static byte[] fixed(BigInteger value, int length) {
        byte[] signed = value.toByteArray();
        byte[] fixed = new byte[length];
        int from = Math.max(0, signed.length - length);
        System.arraycopy(signed, from, fixed, length - (signed.length - from), signed.length - from);
        return fixed;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
