package io.percolate.gateway.routing.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Replaces a value by a newer one only, in one step on the server: compares version and history at their places in
 * {@link RouteCodec}'s format.
 *
 * <p>A route replaces the floor of its own version, and a route of the same version, which makes it younger; a floor
 * replaces older versions only. A value of another history is replaced always. Numbers are compared in halves, since
 * Lua's have 53 bits. One key a call, so that it runs on any node of a cluster.
 */
final class RouteScript {
    /** KEYS: the key. ARGV: the value; its lifetime in ms; a channel, or ''; a message for it. 0: not newer. */
    private static final byte[] REPLACE = """
            local new = ARGV[1]
            local old = redis.call('GETRANGE', KEYS[1], 0, 16)
            local newer = true
            if #old == 17 and string.sub(old, 10, 17) == string.sub(new, 10, 17) then
              local nh, nl = struct.unpack('>I4I4', string.sub(new, 2, 9))
              local oh, ol = struct.unpack('>I4I4', string.sub(old, 2, 9))
              if nh < oh or (nh == oh and nl < ol) then return 0 end
              newer = nh > oh or nl > ol
              if not newer and string.byte(new, 1) == 0 then return 0 end
            end
            redis.call('SET', KEYS[1], new, 'PX', ARGV[2])
            if newer and ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[4]) return 2 end
            return 1""".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] NONE = new byte[0];

    /** What the script says when the value was newer than the one before, and others were told. */
    static final long TOLD = 2;

    private RouteScript() {}

    /** Puts the value, silently. */
    static RedisFuture<Long> put(
            RedisClusterAsyncCommands<byte[], byte[]> redis, byte[] key, byte[] value, Duration ttl) {
        return run(redis, key, value, ttl, NONE, NONE);
    }

    /** Puts the value and, if nobody has before, tells those who listen. */
    static RedisFuture<Long> tell(
            RedisClusterAsyncCommands<byte[], byte[]> redis,
            byte[] key,
            byte[] value,
            Duration ttl,
            byte[] channel,
            byte[] message) {
        return run(redis, key, value, ttl, channel, message);
    }

    private static RedisFuture<Long> run(
            RedisClusterAsyncCommands<byte[], byte[]> redis,
            byte[] key,
            byte[] value,
            Duration ttl,
            byte[] channel,
            byte[] message) {
        byte[] millis = Long.toString(ttl.toMillis()).getBytes(StandardCharsets.US_ASCII);
        return redis.eval(REPLACE, ScriptOutputType.INTEGER, new byte[][] {key}, value, millis, channel, message);
    }
}
