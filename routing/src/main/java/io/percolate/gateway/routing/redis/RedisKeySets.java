package io.percolate.gateway.routing.redis;

import io.lettuce.core.SetArgs;
import io.percolate.gateway.routing.redis.RedisMeters.Value;
import io.percolate.gateway.routing.token.keys.SharedKeySets;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Key sets in Redis: {@code format (1) | fetched, epoch milliseconds (8) | document}, sealed like routes, since whoever
 * could put a key there could sign any tenant's tokens.
 */
final class RedisKeySets implements SharedKeySets {
    private static final byte FORMAT = 1;
    private static final int HEAD_LENGTH = 1 + 8;
    private static final int LENGTH_MAX = HEAD_LENGTH + (512 << 10);
    /** A process that starts asks before it has connected. */
    private static final Duration CONNECT_WAIT = Duration.ofMillis(500);

    private final RedisLink link;
    private final Seal seal;
    private final Clock clock;
    private final String keyPrefix;
    private final Duration ttl;

    RedisKeySets(RedisLink link, RedisConfig config, Clock clock) {
        this.link = link;
        this.seal = new Seal(config.sealSecret());
        this.clock = clock;
        this.keyPrefix = config.prefix() + ":keys:";
        this.ttl = config.routesTtl();
    }

    @Override
    public Mono<Optional<Kept>> find(String source, Duration ageMax) {
        byte[] key = key(source);
        return link.awaitUp(CONNECT_WAIT).then(Mono.create(sink -> {
            if (!link.isUp()) {
                sink.success(Optional.empty());
                return;
            }
            link.execute(() -> link.<byte[]>ask(
                    redis -> redis.getrange(key, 0, LENGTH_MAX + Seal.LENGTH),
                    value -> sink.success(Optional.ofNullable(value == null ? null : read(key, value, ageMax)))));
        }));
    }

    private @Nullable Kept read(byte[] key, byte[] value, Duration ageMax) {
        RedisMeters meters = link.meters();
        if (value.length == 0) {
            meters.keySet(Value.MISS);
            return null;
        }
        byte[] opened = seal.open(key, value);
        if (opened == null) {
            meters.keySet(Value.UNSEALED);
            return null;
        }
        if (opened.length <= HEAD_LENGTH || opened.length > LENGTH_MAX || opened[0] != FORMAT) {
            meters.keySet(Value.UNREADABLE);
            return null;
        }
        Duration age =
                Duration.ofMillis(clock.millis() - ByteBuffer.wrap(opened, 1, 8).getLong());
        if (age.compareTo(ageMax) > 0 || age.compareTo(RedisRoutes.SKEW_MAX.negated()) < 0) {
            meters.keySet(Value.OUTDATED);
            return null;
        }
        meters.keySet(Value.HIT);
        return new Kept(
                new String(opened, HEAD_LENGTH, opened.length - HEAD_LENGTH, StandardCharsets.UTF_8),
                age.isNegative() ? Duration.ZERO : age);
    }

    @Override
    public void offer(String source, String json) {
        byte[] document = json.getBytes(StandardCharsets.UTF_8);
        if (!link.isUp() || document.length > LENGTH_MAX - HEAD_LENGTH) {
            return;
        }
        byte[] key = key(source);
        byte[] value = ByteBuffer.allocate(HEAD_LENGTH + document.length)
                .put(FORMAT)
                .putLong(clock.millis())
                .put(document)
                .array();
        link.execute(() -> {
            byte[] envelope = seal.seal(key, value);
            link.ask(redis -> redis.set(key, envelope, SetArgs.Builder.px(ttl)), done -> {});
        });
    }

    /** The source as it is named, which a URL without a password may be. */
    private byte[] key(String source) {
        return (keyPrefix + source).getBytes(StandardCharsets.UTF_8);
    }
}
