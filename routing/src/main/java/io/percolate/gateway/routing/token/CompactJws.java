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
import org.jspecify.annotations.Nullable;

/**
 * A token taken apart and not yet trusted: JWS compact serialisation (RFC 7515, section 7.1), read strictly.
 *
 * <p>Base64url is accepted in its one canonical form, so that a token cannot be re-spelt into another string that also
 * verifies. Of the header, {@code alg} and {@code kid} are used; {@code jwk}, {@code jku}, {@code x5c} and {@code x5u}
 * are not looked at.
 */
record CompactJws(Header header, String signingInput, String payload, String signature) {

    private static final int JWE_DOTS = 4;
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /**
     * @param types that it may have
     * @param known headers that need not be read again, of tokens with such types
     * @throws FailureException {@code TOKEN_MALFORMED} or {@code TOKEN_ALGORITHM_REFUSED}
     */
    static CompactJws parse(String token, int bytesMax, TokenTypes types, KnownHeaders known) {
        if (token.isEmpty()) {
            throw malformed("the token is empty");
        }
        if (token.length() > bytesMax) {
            throw malformed("expected a token of at most " + bytesMax + " bytes, got " + token.length());
        }
        int dots = 0;
        for (int dot = token.indexOf('.'); dot >= 0; dot = token.indexOf('.', dot + 1)) {
            dots++;
        }
        if (dots == JWE_DOTS) {
            throw malformed("encrypted tokens are not accepted");
        }
        int first = token.indexOf('.');
        int last = token.lastIndexOf('.');
        if (dots != 2) {
            throw malformed("expected a signed JWT of three parts, got " + (dots + 1));
        }
        String encodedHeader = token.substring(0, first);
        Header header = known.find(encodedHeader);
        if (header == null) {
            header = header(checkedBase64Url(encodedHeader, "header"), types);
        }
        String payload = checkedBase64Url(token.substring(first + 1, last), "payload");
        String signature = checkedBase64Url(token.substring(last + 1), "signature");
        return new CompactJws(header, token.substring(0, last), payload, signature);
    }

    /**
     * What a header says that is used.
     *
     * @param encoded as it stands in the token
     * @param kid null when the token names no key
     */
    record Header(
            String encoded,
            SignatureAlgorithm algorithm,
            @Nullable String kid) {}

    SignatureAlgorithm algorithm() {
        return header.algorithm();
    }

    /** Null when the token names no key. */
    @Nullable
    String kid() {
        return header.kid();
    }

    private static Header header(String encoded, TokenTypes types) {
        Map<String, Object> members = json(encoded, "header");
        SignatureAlgorithm algorithm = algorithm(members);
        refuseExtensions(members);
        refuseType(members, types);
        return new Header(encoded, algorithm, text(members, "kid"));
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
    }

    private static void refuseType(Map<String, Object> header, TokenTypes types) {
        String type = text(header, "typ");
        if (!types.accepts(type)) {
            throw Failure.of(FailureKind.TOKEN_MALFORMED, "the token is not of a type that is accepted here")
                    .withOperatorDetail("expected typ " + types + ", got "
                            + (type == null ? "none" : "'" + Printable.of(type) + "'"))
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
            return JSONObjectUtils.parse(utf8(Base64.getUrlDecoder().decode(part)));
        } catch (CharacterCodingException | ParseException | IllegalArgumentException invalid) {
            throw malformed("the token's " + name + " is not a JSON object");
        }
    }

    /** Strictly; the decoder is left alone where there is nothing but ASCII. */
    private static String utf8(byte[] bytes) throws CharacterCodingException {
        for (byte each : bytes) {
            if (each < 0) {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
            }
        }
        return new String(bytes, StandardCharsets.US_ASCII);
    }

    /** Of the alphabet of RFC 4648, section 5, without padding, of a possible length, with no stray bits at the end. */
    private static String checkedBase64Url(String part, String name) {
        if (!isDecodable(part) || hasStrayBits(part)) {
            throw malformed("the token's " + name + " is not base64url");
        }
        return part;
    }

    /** The JDK decodes many characters at once where a look at each would take longer than all else but signatures. */
    private static boolean isDecodable(String part) {
        try {
            Base64.getUrlDecoder().decode(part);
            return !part.endsWith("=");
        } catch (IllegalArgumentException invalid) {
            return false;
        }
    }

    private static boolean hasStrayBits(String part) {
        int strayBits = switch (part.length() % 4) {
            case 2 -> 0b1111;
            case 3 -> 0b11;
            default -> 0;
        };
        return strayBits != 0 && (ALPHABET.indexOf(part.charAt(part.length() - 1)) & strayBits) != 0;
    }

    private static FailureException malformed(String clientDetail) {
        return Failure.of(FailureKind.TOKEN_MALFORMED, clientDetail).toException();
    }
}
