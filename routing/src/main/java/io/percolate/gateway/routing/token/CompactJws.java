package io.percolate.gateway.routing.token;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.keys.Printable;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token taken apart and not yet trusted: JWS compact serialisation (RFC 7515, section 7.1), read strictly.
 *
 * <p>Base64url is accepted in its one canonical form, so that a token cannot be re-spelt into another string that also
 * verifies. Of the header, {@code alg} and {@code kid} are used; {@code jwk}, {@code jku}, {@code x5c} and {@code x5u}
 * are not looked at.
 *
 * @param kid null when the token names no key
 */
record CompactJws(
        SignatureAlgorithm algorithm, @Nullable String kid, String signingInput, String payload, String signature) {

    private static final int JWE_DOTS = 4;
    /** Explicitly typed tokens of other uses (logout, security events) do not pass for access (RFC 8725, 3.11). */
    private static final Set<String> TYPES = Set.of("JWT", "AT+JWT", "APPLICATION/JWT", "APPLICATION/AT+JWT");

    /** @throws FailureException {@code TOKEN_MALFORMED} or {@code TOKEN_ALGORITHM_REFUSED} */
    static CompactJws parse(String token, int bytesMax) {
        if (token.isEmpty()) {
            throw malformed("the token is empty");
        }
        if (token.length() > bytesMax) {
            throw malformed("expected a token of at most " + bytesMax + " bytes, got " + token.length());
        }
        long dots = token.chars().filter(c -> c == '.').count();
        if (dots == JWE_DOTS) {
            throw malformed("encrypted tokens are not accepted");
        }
        int first = token.indexOf('.');
        int last = token.lastIndexOf('.');
        if (dots != 2) {
            throw malformed("expected a signed JWT of three parts, got " + (dots + 1));
        }
        String encodedHeader = checkedBase64Url(token.substring(0, first), "header");
        String payload = checkedBase64Url(token.substring(first + 1, last), "payload");
        String signature = checkedBase64Url(token.substring(last + 1), "signature");
        Map<String, Object> header = json(encodedHeader, "header");
        SignatureAlgorithm algorithm = algorithm(header);
        refuseExtensions(header);
        return new CompactJws(algorithm, text(header, "kid"), token.substring(0, last), payload, signature);
    }

    /** What is signed, as bytes; ASCII, since the parts are base64url. */
    byte[] signingInputBytes() {
        return signingInput.getBytes(StandardCharsets.US_ASCII);
    }

    /** The claims; to be read after the signature was verified. */
    Map<String, Object> claims() {
        return json(payload, "payload");
    }

    private static SignatureAlgorithm algorithm(Map<String, Object> header) {
        String alg = text(header, "alg");
        if (alg == null) {
            throw malformed("the token's header has no alg");
        }
        return SignatureAlgorithm.parse(alg)
                .orElseThrow(
                        () -> Failure.of(FailureKind.TOKEN_ALGORITHM_REFUSED, "the token's algorithm is not accepted")
                                .withOperatorDetail("alg '" + Printable.of(alg) + "'")
                                .toException());
    }

    private static void refuseExtensions(Map<String, Object> header) {
        if (header.containsKey("crit")) {
            throw malformed("the token's header has critical extensions, which are not supported");
        }
        if (header.containsKey("b64") && !Boolean.TRUE.equals(header.get("b64"))) {
            throw malformed("the token's payload is not encoded, which is not supported");
        }
        String type = text(header, "typ");
        if (type != null && TYPES.stream().noneMatch(type::equalsIgnoreCase)) {
            throw Failure.of(FailureKind.TOKEN_MALFORMED, "expected a token of type JWT or at+jwt")
                    .withOperatorDetail("typ '" + Printable.of(type) + "'")
                    .toException();
        }
    }

    private static @Nullable String text(Map<String, Object> header, String name) {
        Object value = header.get(name);
        if (value == null && !header.containsKey(name)) {
            return null;
        }
        if (value instanceof String text) {
            return text;
        }
        throw malformed("the token's header has a '" + name + "' that is not a text");
    }

    private static Map<String, Object> json(String part, String name) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(part)))
                    .toString();
            return JSONObjectUtils.parse(text);
        } catch (CharacterCodingException | ParseException | IllegalArgumentException invalid) {
            throw malformed("the token's " + name + " is not a JSON object");
        }
    }

    /** Of the alphabet of RFC 4648, section 5, without padding, of a possible length, with no stray bits at the end. */
    private static String checkedBase64Url(String part, String name) {
        int length = part.length();
        boolean canonical = length % 4 != 1;
        for (int i = 0; i < length && canonical; i++) {
            canonical = sextet(part.charAt(i)) >= 0;
        }
        if (canonical && length % 4 != 0) {
            int strayBits = length % 4 == 2 ? 0b1111 : 0b11;
            canonical = (sextet(part.charAt(length - 1)) & strayBits) == 0;
        }
        if (!canonical) {
            throw malformed("the token's " + name + " is not base64url");
        }
        return part;
    }

    private static int sextet(char c) {
        if (c >= 'A' && c <= 'Z') {
            return c - 'A';
        }
        if (c >= 'a' && c <= 'z') {
            return c - 'a' + 26;
        }
        if (c >= '0' && c <= '9') {
            return c - '0' + 52;
        }
        return switch (c) {
            case '-' -> 62;
            case '_' -> 63;
            default -> -1;
        };
    }

    private static FailureException malformed(String clientDetail) {
        return Failure.of(FailureKind.TOKEN_MALFORMED, clientDetail).toException();
    }
}
