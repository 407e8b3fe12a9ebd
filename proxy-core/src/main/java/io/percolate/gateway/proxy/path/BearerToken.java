package io.percolate.gateway.proxy.path;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code Authorization} says (RFC 6750, section 2.1; RFC 9110, section 11.6.2). */
sealed interface BearerToken {
    /** A token of any characters: one that was verified before needs no look at them, which costs a microsecond. */
    record Present(String token) implements BearerToken {
        /** Why nobody need try to verify it; null when it has only the characters of a compact JWS. */
        @Nullable
        Failure malformation() {
            for (int i = 0; i < token.length(); i++) {
                if (!isJwsCharacter(token.charAt(i))) {
                    return Failure.of(FailureKind.TOKEN_MALFORMED, "the bearer token is not a compact JWS");
                }
            }
            return null;
        }
    }

    record Refused(Failure failure) implements BearerToken {}

    /** A scheme, one space, and the token; nothing else. */
    String SCHEME = "Bearer ";

    static BearerToken parse(List<String> authorizations) {
        if (authorizations.isEmpty()) {
            return refused(FailureKind.TOKEN_MISSING, "expected 'Authorization: Bearer' with a token, got none");
        }
        if (authorizations.size() > 1) {
            return refused(FailureKind.REQUEST_MALFORMED, "expected one Authorization header field, got several");
        }
        String text = authorizations.getFirst();
        if (!text.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return text.equalsIgnoreCase("Bearer")
                    ? refused(FailureKind.TOKEN_MALFORMED, "the bearer token is empty")
                    : refused(FailureKind.TOKEN_MISSING, "expected 'Authorization: Bearer', got another scheme");
        }
        return new Present(text.substring(SCHEME.length()));
    }

    private static boolean isJwsCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '_'
                || c == '.';
    }

    private static Refused refused(FailureKind kind, String detail) {
        return new Refused(Failure.of(kind, detail));
    }
}
