package io.percolate.gateway.routing.redis;

import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Where Redis is: one server, one behind sentinels, or the nodes that a cluster is entered by.
 *
 * @param nodes several for a cluster only; they hold passwords
 */
record RedisUrl(List<RedisURI> nodes, boolean cluster) {
    private static final Set<String> SCHEMES =
            Set.of("redis", "rediss", "redis-sentinel", "rediss-sentinel", "redis-cluster", "rediss-cluster");

    RedisUrl {
        nodes = List.copyOf(nodes);
    }

    /** Parses it; throws {@link IllegalArgumentException} without repeating the text, which may hold a password. */
    static RedisUrl parse(String text) {
        int colon = text.indexOf(':');
        String scheme = colon < 0 ? "" : text.substring(0, colon);
        if (!SCHEMES.contains(scheme)) {
            throw new IllegalArgumentException("expected a URL that begins with one of redis, rediss, redis-sentinel,"
                    + " rediss-sentinel, redis-cluster, rediss-cluster");
        }
        boolean cluster = scheme.endsWith("-cluster");
        try {
            List<RedisURI> nodes = cluster
                    ? RedisClusterURIUtil.toRedisURIs(
                            URI.create(scheme.substring(0, scheme.indexOf('-')) + text.substring(colon)))
                    : List.of(RedisURI.create(text));
            return new RedisUrl(nodes, cluster);
        } catch (RuntimeException invalid) {
            throw unreadable(scheme);
        }
    }

    private static IllegalArgumentException unreadable(String scheme) {
        // Without the cause: it may repeat the password.
        return new IllegalArgumentException("a URL of the scheme " + scheme + " could not be read");
    }

    boolean isTls() {
        return nodes.getFirst().isSsl();
    }

    /** Hosts and ports, for people. */
    @Override
    public String toString() {
        return nodes.stream().map(RedisUrl::address).collect(Collectors.joining(","));
    }

    private static String address(RedisURI node) {
        return node.getSentinels().isEmpty()
                ? node.getHost() + ":" + node.getPort()
                : node.getSentinels().stream().map(RedisUrl::address).collect(Collectors.joining(",")) + "#"
                        + node.getSentinelMasterId();
    }
}
