package io.percolate.gateway.proxy.engine.websocket;

import io.percolate.gateway.routing.failure.Failure;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the token of a browser is, which cannot set {@code Authorization} for a WebSocket: behind a name among the
 * subprotocols, or in the query where that is configured; and the request without it.
 *
 * @param failure why it cannot be told; null when it can
 * @param token null when it is in neither place
 * @param answeredProtocol what the client expects to be selected unless one of the others is; null when nothing
 */
record TokenCarrier(
        @Nullable Failure failure,
        @Nullable String token,
        String target,
        List<String> protocols,
        @Nullable String answeredProtocol) {

    static TokenCarrier of(String target, List<String> protocols, WebSocketConfig config) {
        String name = config.tokenProtocol();
        int at = name.equals(WebSocketConfig.OFF) ? -1 : protocols.indexOf(name);
        String token = null;
        List<String> others = protocols;
        if (at >= 0) {
            if (at + 1 == protocols.size() || protocols.lastIndexOf(name) != at) {
                return new TokenCarrier(
                        Handshake.malformed("the subprotocol '" + name + "' is followed by the token, and comes once"),
                        null,
                        target,
                        List.of(),
                        null);
            }
            token = protocols.get(at + 1);
            others = new ArrayList<>(protocols);
            others.subList(at, at + 2).clear();
        }
        if (config.tokenParameter().equals(WebSocketConfig.OFF)) {
            return new TokenCarrier(null, token, target, others, at < 0 ? null : name);
        }
        return inQuery(target, config.tokenParameter() + "=", token, others, at < 0 ? null : name);
    }

    private static TokenCarrier inQuery(
            String target, String prefix, @Nullable String known, List<String> protocols, @Nullable String answered) {
        int query = target.indexOf('?');
        if (query < 0) {
            return new TokenCarrier(null, known, target, protocols, answered);
        }
        String token = known;
        boolean twice = false;
        List<String> kept = new ArrayList<>();
        for (String parameter : target.substring(query + 1).split("&", -1)) {
            if (!parameter.startsWith(prefix)) {
                kept.add(parameter);
            } else {
                twice |= token != null;
                token = parameter.substring(prefix.length());
            }
        }
        String path = target.substring(0, query);
        return new TokenCarrier(
                twice ? Handshake.malformed("the token is given in more than one way") : null,
                token,
                kept.isEmpty() ? path : path + "?" + String.join("&", kept),
                protocols,
                answered);
    }

    /** Without the token, which must not be logged. */
    @Override
    public String toString() {
        return "TokenCarrier[" + (token == null ? "no token" : "a token") + "]";
    }
}
