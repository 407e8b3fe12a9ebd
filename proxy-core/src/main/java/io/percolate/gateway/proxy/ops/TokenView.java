package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.failure.FailureResponse;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import reactor.core.publisher.Mono;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a request with a token would come to, as of now, for people: who the token is of, and where it would go.
 *
 * <p>Asks the verifier and the directory like a request does, so that it finds what a request finds. The signature is
 * never shown, nor is the token as a whole.
 */
final class TokenView {
    /** Parts of a token that are shown: no longer ones. */
    private static final int PART_LENGTH_MAX = 16 << 10;
    /** Members of the header that are shown; others may hold keys. */
    private static final Set<String> HEADER_MEMBERS = Set.of("alg", "kid", "typ", "crit");

    private final ExplainSubjects subjects;
    private final RouteView routes;

    TokenView(ExplainSubjects subjects, RouteView routes) {
        this.subjects = subjects;
        this.routes = routes;
    }

    /** The explanation as JSON; a token that is refused is explained, too. */
    Mono<ObjectNode> explain(ExplainRequest request) {
        ObjectNode view = OpsAnswer.object();
        view.putObject("request").put("method", request.method()).put("path", request.path());
        return subjects.tokens()
                .verify(request.token())
                .flatMap(verified -> accepted(view, request, verified))
                .onErrorResume(FailureException.class, refused -> Mono.just(refused(view, request, refused.failure())));
    }

    private Mono<ObjectNode> accepted(ObjectNode view, ExplainRequest request, VerifiedToken verified) {
        ObjectNode token = view.putObject("token").put("accepted", true);
        parts(token, request.token());
        issuer(token);
        token.put("tenant", verified.tenant().toString());
        if (verified.expiresAtMillis() != Long.MAX_VALUE) {
            token.put("accepted_for_s", (verified.expiresAtMillis() - System.currentTimeMillis()) / 1_000);
        }
        return routes.explain(verified.tenant(), request)
                .doOnNext(route -> {
                    JsonNode decision = route.get("decision");
                    view.put(
                            "served",
                            decision != null
                                    && !"refuse".equals(decision.path("action").asString("")));
                    view.set("tenant", route);
                    limits(view, route);
                })
                .thenReturn(view)
                // The token is good all the same.
                .onErrorResume(FailureException.class, failed -> {
                    view.put("served", false);
                    view.set("tenant", failure(failed.failure()));
                    return Mono.just(view);
                });
    }

    private static ObjectNode refused(ObjectNode view, ExplainRequest request, Failure failure) {
        view.put("served", false);
        ObjectNode token = view.putObject("token").put("accepted", false);
        token.set("refusal", failure(failure));
        parts(token, request.token());
        return view;
    }

    private static ObjectNode failure(Failure failure) {
        return OpsAnswer.object()
                .put("failure", failure.kind().name().toLowerCase(Locale.ROOT))
                .put("status", FailureResponse.status(failure.kind()))
                .put("detail", failure.clientDetail())
                .put("operator_detail", failure.operatorDetail());
    }

    /** What the token says of itself, believed or not. */
    private static void parts(ObjectNode view, String token) {
        String[] parts = token.split("\\.", -1);
        if (parts.length != 3) {
            view.put("parts", parts.length);
            return;
        }
        part(parts[0]).ifPresent(header -> {
            ObjectNode shown = view.putObject("header");
            header.properties().stream()
                    .filter(member -> HEADER_MEMBERS.contains(member.getKey()))
                    .forEach(member -> shown.set(member.getKey(), member.getValue()));
        });
        part(parts[1]).ifPresent(claims -> view.set("claims", claims));
    }

    private static Optional<ObjectNode> part(String part) {
        if (part.length() > PART_LENGTH_MAX) {
            return Optional.empty();
        }
        try {
            byte[] json = Base64.getUrlDecoder().decode(part.getBytes(StandardCharsets.ISO_8859_1));
            return OpsAnswer.JSON.readTree(json) instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
        } catch (IllegalArgumentException | JacksonException unreadable) {
            return Optional.empty();
        }
    }

    /** Whose key it was, where the header tells. */
    private void issuer(ObjectNode token) {
        JsonNode header = token.path("header");
        boolean isSecret = header.path("alg").asString("").equals("HS256");
        String kid = header.path("kid").asString("");
        List<KeyRingStatus> holders = subjects.keys().get().stream()
                .filter(issuer -> !isSecret && issuer.kids().contains(kid))
                .toList();
        if (isSecret) {
            token.put("verified_by", "the shared secret");
        } else if (!kid.isEmpty()) {
            token.put("verified_by", "key " + kid);
        }
        if (holders.size() == 1) {
            token.put("keys_of", holders.getFirst().issuer())
                    .put("keys_from", holders.getFirst().source());
        }
    }

    private void limits(ObjectNode view, ObjectNode route) {
        String tier = route.path("route").path("tier").asString("");
        if (!tier.isEmpty()) {
            ObjectNode limits = view.putObject("limits");
            subjects.limits().apply(Tier.valueOf(tier)).forEach(limits::put);
        }
    }
}
