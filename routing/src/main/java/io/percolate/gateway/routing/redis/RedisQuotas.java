package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.quota.SharedQuotas;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tenants' tokens in Redis, each tenant's bucket at a key of its own.
 *
 * <p>The values are not sealed: whoever can write to Redis can make a tenant's limit looser or stop the tenant, and
 * reaches nobody's data by it. No grant is larger than what was wanted.
 */
public final class RedisQuotas implements SharedQuotas {
    /** Calls that wait for Redis's loop or are under way; who asks beyond gets nothing, and asks again. */
    static final int CALLS_MAX = 2_048;

    private final RedisLink link;
    private final String keyPrefix;
    private final AtomicInteger calls = new AtomicInteger();

    public RedisQuotas(RedisLink link, RedisConfig config) {
        this.link = link;
        this.keyPrefix = config.prefix() + ":quota:";
    }

    @Override
    public boolean isUp() {
        return link.isUp();
    }

    @Override
    public void lease(Demand demand, Consumer<@Nullable Grant> answer) {
        if (!link.isUp()) {
            answer.accept(null);
            return;
        }
        if (calls.incrementAndGet() > CALLS_MAX) {
            calls.decrementAndGet();
            answer.accept(null);
            return;
        }
        byte[] key = (keyPrefix + demand.tenant()).getBytes(StandardCharsets.US_ASCII);
        link.execute(() -> link.<List<Object>>ask(redis -> QuotaScript.lease(redis, key, demand), said -> {
            calls.decrementAndGet();
            answer.accept(said == null ? null : read(said, demand));
        }));
    }

    private static @Nullable Grant read(List<Object> said, Demand demand) {
        return said.size() == 3
                        && said.get(0) instanceof Long tokens
                        && said.get(1) instanceof Long remaining
                        && said.get(2) instanceof Long waitMicros
                ? new Grant(
                        Math.clamp(tokens, 0, demand.wanted()),
                        Math.clamp(remaining, 0, demand.burst()),
                        TimeUnit.MICROSECONDS.toNanos(Math.max(0, waitMicros)))
                : null;
    }
}
