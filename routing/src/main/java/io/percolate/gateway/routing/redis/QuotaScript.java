package io.percolate.gateway.routing.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.percolate.gateway.routing.quota.SharedQuotas.Demand;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Takes tokens of one tenant's bucket, in one step on the server and by the server's clock: the generic cell rate
 * algorithm (ITU-T I.371, annex A) over batches.
 *
 * <p>The value is the time, in microseconds, at which the bucket would be full again. What was used before it was granted
 * is taken even where nothing is left; such debt is bounded by a second bucket, and so is whatever else may stand at the
 * key. One key a call, so that it runs on any node of a cluster.
 */
final class QuotaScript {
    /** KEYS: the key. ARGV: microseconds a token; burst; settled; wanted. Answers tokens, remaining, microseconds to wait. */
    private static final byte[] LEASE = """
            local interval = tonumber(ARGV[1])
            local depth = interval * tonumber(ARGV[2])
            local wanted = tonumber(ARGV[4])
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local full = now
            local kept = redis.call('GET', KEYS[1])
            if kept then full = tonumber(kept) or now end
            full = math.min(math.max(full, now) + interval * tonumber(ARGV[3]), now + 2 * depth)
            local free = math.max(0, math.floor((now + depth - full) / interval + 0.001))
            local granted = math.min(wanted, free)
            full = full + granted * interval
            redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
            local wait = 0
            if free == granted then wait = math.ceil(math.max(0, full + interval - now - depth)) end
            return {granted, free - granted, wait}""".getBytes(StandardCharsets.US_ASCII);

    private QuotaScript() {}

    static RedisFuture<List<Object>> lease(RedisClusterAsyncCommands<byte[], byte[]> redis, byte[] key, Demand demand) {
        return redis.eval(
                LEASE,
                ScriptOutputType.MULTI,
                new byte[][] {key},
                ascii(String.format(Locale.ROOT, "%.6f", demand.intervalMicros())),
                ascii(Long.toString(demand.burst())),
                ascii(Long.toString(demand.settled())),
                ascii(Long.toString(demand.wanted())));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
