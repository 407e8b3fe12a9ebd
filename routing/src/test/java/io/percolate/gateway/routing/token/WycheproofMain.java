package io.percolate.gateway.routing.token;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Runs the C2SP Wycheproof vectors for JWS against the verifier; by hand, since they are not kept here:
 * {@code java -Dpercolate.wycheproof=DIR ... WycheproofMain}, DIR holding {@code json_web_signature_test.json}.
 *
 * <p>A vector's payload is no JSON object, so a signature that holds ends in the complaint about that, which comes after
 * the signature only. Exits with 1 when a vector that is invalid holds, or an answer is no refusal of a token.
 */
final class WycheproofMain {
    private static final String FILE = "json_web_signature_test.json";
    private static final String SIGNATURE_HELD = "payload is not a JSON object";

    private WycheproofMain() {}

    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(System.getProperty("percolate.wycheproof", "."), FILE);
        Map<String, Object> all = JSONObjectUtils.parse(Files.readString(file), 16 << 20);
        Map<String, Integer> outcomes = new TreeMap<>();
        boolean isFaulty = false;
        for (SignatureProvider.Choice signatures : SignatureProvider.Choice.values()) {
            for (Map<String, Object> group : JSONObjectUtils.getJSONObjectArray(all, "testGroups")) {
                isFaulty |= run(group, signatures, outcomes);
            }
        }
        outcomes.forEach((outcome, count) -> System.out.println(count + "\t" + outcome));
        System.exit(isFaulty ? 1 : 0);
    }

    /** Whether some vector was answered wrongly. */
    private static boolean run(
            Map<String, Object> group, SignatureProvider.Choice signatures, Map<String, Integer> outcomes)
            throws Exception {
        String jwks = keys(group);
        boolean isFaulty = false;
        Path file = Files.createTempFile("wycheproof", ".json");
        try {
            Files.writeString(file, jwks == null ? "{\"keys\":[]}" : jwks);
            try (JwtTokenVerifier verifier = verifier(file, signatures)) {
                verifier.load().block();
                verifier.signatures().load().block();
                for (Map<String, Object> vector : JSONObjectUtils.getJSONObjectArray(group, "tests")) {
                    String outcome = jwks == null ? "no public key, not tried" : outcome(verifier, vector);
                    String result = JSONObjectUtils.getString(vector, "result");
                    outcomes.merge(signatures + "\t" + result + "\t" + outcome, 1, Integer::sum);
                    boolean held = outcome.equals("signature holds");
                    if (jwks != null && (held != result.equals("valid") || outcome.startsWith("fault"))) {
                        isFaulty |= !result.equals("valid") || outcome.startsWith("fault");
                        System.out.println("vector " + vector.get("tcId") + " (" + vector.get("comment") + "), "
                                + result + ": " + outcome);
                    }
                }
            }
        } finally {
            Files.delete(file);
        }
        return isFaulty;
    }

    private static JwtTokenVerifier verifier(Path jwks, SignatureProvider.Choice signatures) {
        IssuerConfig issuer = new IssuerConfig(
                "wycheproof",
                Forge.keysByFile(jwks),
                Optional.empty(),
                List.of(),
                Set.of(),
                "tenant_id",
                "sid",
                Optional.empty());
        TokenConfig config = new TokenConfig(
                List.of(issuer),
                signatures,
                Duration.ZERO,
                false,
                Duration.ZERO,
                TokenTypes.DEFAULT,
                64 << 10,
                1_000,
                1_000,
                1 << 20);
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        return JwtTokenVerifier.create(
                config, Revocations.none(registry, Clock.systemUTC()), registry, Clock.systemUTC());
    }

    private static String outcome(JwtTokenVerifier verifier, Map<String, Object> vector) throws Exception {
        Object jws = vector.get("jws");
        String token = jws instanceof String text ? text : JSONObjectUtils.toJSONString(castObject(jws));
        try {
            return "fault: accepted as " + verifier.verify(token).block(Duration.ofSeconds(10));
        } catch (FailureException refused) {
            String detail = refused.failure().clientDetail();
            if (refused.failure().kind() == FailureKind.TOKEN_MALFORMED && detail.contains(SIGNATURE_HELD)) {
                return "signature holds";
            }
            return switch (refused.failure().kind()) {
                case KEYS_UNAVAILABLE -> "no usable key in the set";
                case FailureKind kind when kind.name().startsWith("TOKEN_") -> kind.name();
                case FailureKind kind -> "fault: " + kind;
            };
        } catch (RuntimeException fault) {
            return "fault: " + fault;
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> castObject(@Nullable Object value) {
        return (Map<String, Object>) Objects.requireNonNull(value);
    }

    /** The public keys; null for a shared secret, which the gateway takes as text only. */
    private static @Nullable String keys(Map<String, Object> group) throws Exception {
        Object key = group.get("public");
        if (key == null) {
            return null;
        }
        List<JWK> keys = new ArrayList<>();
        for (Map<String, Object> each : castObject(key).containsKey("keys")
                ? List.of(JSONObjectUtils.getJSONObjectArray(castObject(key), "keys"))
                : List.of(castObject(key))) {
            keys.add(JWK.parse(each));
        }
        return new JWKSet(keys).toString();
    }
}
