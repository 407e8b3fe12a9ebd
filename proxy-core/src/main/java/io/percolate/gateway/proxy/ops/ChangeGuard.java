package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.routing.config.Secret;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who may change something through the ops listener: whoever has the token; where none is set, anybody on this machine.
 *
 * <p>A web page that an operator's browser shows is on this machine, too; it is told by its {@code Origin} header and
 * refused, so that no page drains a gateway.
 */
final class ChangeGuard {
    private static final String SCHEME = "bearer ";

    private final Optional<byte[]> token;

    ChangeGuard(Optional<Secret> token) {
        this.token = token.map(secret -> secret.reveal().getBytes(StandardCharsets.UTF_8));
    }

    /** Throws the {@link OpsRefusal} that fits, or returns. */
    void check(@Nullable SocketAddress remote, @Nullable String authorization, @Nullable String origin) {
        if (token.isPresent()) {
            checkToken(token.get(), authorization);
            return;
        }
        if (!(remote instanceof InetSocketAddress address) || !isLoopback(address.getAddress())) {
            throw new OpsRefusal(
                    403, "without GATEWAY_OPS_TOKEN, changes are taken from the gateway's own machine only");
        }
        if (origin != null) {
            throw new OpsRefusal(403, "without GATEWAY_OPS_TOKEN, changes are not taken from web pages");
        }
    }

    private static void checkToken(byte[] token, @Nullable String authorization) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            throw new OpsRefusal(401, "expected Authorization: Bearer with the token of GATEWAY_OPS_TOKEN");
        }
        byte[] given = authorization.substring(SCHEME.length()).strip().getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(token, given)) {
            throw new OpsRefusal(401, "the bearer token is not the one of GATEWAY_OPS_TOKEN");
        }
    }

    private static boolean isLoopback(@Nullable InetAddress address) {
        return address != null && address.isLoopbackAddress();
    }
}
