package io.percolate.gateway.admin.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.percolate.gateway.admin.auth.AdminTokens;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Decides whether a request may reach its route, before any of its body is read. */
final class Gatekeeper {
    private static final String REALM = "Bearer realm=\"percolate-management\"";
    private static final String SCHEME = "bearer ";

    private final AdminTokens tokens;

    Gatekeeper(AdminTokens tokens) {
        this.tokens = tokens;
    }

    /** Who calls; null on a route that is open to all. Refuses by {@link ProblemException} (RFC 6750, section 3). */
    @Nullable
    Principal admit(Route route, HttpHeaders headers) {
        Scope wanted = route.scope();
        if (wanted == null) {
            return null;
        }
        List<String> values = headers.getAll(HttpHeaderNames.AUTHORIZATION);
        if (values.isEmpty()) {
            throw Problem.of(ProblemKind.TOKEN_MISSING, "expected 'Authorization: Bearer' with an admin token")
                    .withHeader("WWW-Authenticate", REALM)
                    .toException();
        }
        String value = values.getFirst();
        if (values.size() > 1 || !value.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            throw invalid("expected one 'Authorization: Bearer' header");
        }
        Principal principal = tokens.authenticate(
                        value.substring(SCHEME.length()).strip())
                .orElseThrow(() -> invalid("this is nobody's admin token"));
        if (!principal.scope().implies(wanted)) {
            throw Problem.of(
                            ProblemKind.SCOPE_INSUFFICIENT,
                            "the token '" + principal.name() + "' lacks the scope " + wanted.label())
                    .withHeader(
                            "WWW-Authenticate",
                            REALM + ", error=\"insufficient_scope\", scope=\"" + wanted.label() + "\"")
                    .toException();
        }
        return principal;
    }

    /** Refuses a body of a type that the route does not take. */
    void checkMediaType(Route route, HttpHeaders headers) {
        if (route.mediaTypes().isEmpty()) {
            return;
        }
        String given = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
        String mediaType = given.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!route.mediaTypes().contains(mediaType)) {
            String accepted = String.join(", ", route.mediaTypes());
            throw Problem.of(ProblemKind.MEDIA_TYPE_UNSUPPORTED, "expected a body of type " + accepted)
                    .withHeader(route.method().equals("PATCH") ? "Accept-Patch" : "Accept", accepted)
                    .toException();
        }
    }

    private static ProblemException invalid(String detail) {
        return Problem.of(ProblemKind.TOKEN_INVALID, detail)
                .withHeader("WWW-Authenticate", REALM + ", error=\"invalid_token\"")
                .toException();
    }
}
