package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.directory.SharedRoutes;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.redis.RedisMeters.Value;
import io.percolate.gateway.routing.redis.RouteCodec.Decoded;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Routes in Redis: what one gateway has loaded, the others find there, above all after a restart of all of them.
 *
 * <p>A value counts only if it is sealed by a gateway for this tenant's key, is of this tenant, of this database's
 * history and no older than its lifetime; anything else is a miss, and counted. Whoever hears of a change raises the floor
 * in Redis, under which no value is put or kept, and the first to do so tells those who listen to Redis. So what Redis
 * holds is outdated only by changes that no gateway heard; the directory asks PostgreSQL about every value all the same.
 */
public final class RedisRoutes implements SharedRoutes, FlushableCache {
    /** Tasks for Redis's loop that may wait; more are dropped, and looked for or told another time. */
    static final int WAITING_MAX = 65_536;
    /** How far clocks of gateways may be apart. */
    static final Duration SKEW_MAX = Duration.ofSeconds(5);
    /** A floor outlives every load that began before it. */
    private static final Duration FLOOR_TTL = Duration.ofMinutes(10);

    private final RedisLink link;
    private final Seal seal;
    private final Clock clock;
    private final Duration ttl;
    private final String keyPrefix;
    private final byte[] channel;
    private final AtomicInteger waiting = new AtomicInteger();
    private final DatabaseHistory history;

    // Of Redis's loop: what was put before these moments has been flushed.
    private long flushedMillis = Long.MIN_VALUE;
    private final Map<Tier, Long> tierFlushedMillis = new EnumMap<>(Tier.class);

    public RedisRoutes(RedisLink link, RedisConfig config, DatabaseHistory history, Clock clock) {
        this.link = link;
        this.seal = new Seal(config.sealSecret());
        this.clock = clock;
        this.ttl = config.routesTtl();
        this.keyPrefix = config.prefix() + ":route:";
        this.channel = bytes(config.prefix() + ":routes");
        this.history = history;
    }

    /** Tells the observer of each change that another gateway was the first to hear of. */
    public void listen(RouteObserver observer) {
        link.listen(channel, message -> {
            byte[] opened = seal.open(channel, message);
            RouteMessage news = opened == null ? null : RouteMessage.decode(opened);
            if (news == null) {
                link.meters().refused();
            } else if (history.isOurs(news.history())) {
                link.meters().received();
                observer.changed(news.tenant(), news.version());
            }
        });
    }

    // Finding ---------------------------------------------------------------------------------------------------------

    @Override
    public Mono<List<Shared>> find(List<TenantId> tenants) {
        if (tenants.isEmpty() || !link.isUp()) {
            return Mono.just(List.of());
        }
        return Mono.create(sink -> {
            if (!execute(() -> new Search(tenants, sink).begin())) {
                sink.success(List.of());
            }
        });
    }

    /** One search for several tenants; on the loop. */
    private final class Search {
        private final List<TenantId> tenants;
        private final MonoSink<List<Shared>> sink;
        private final List<Shared> found;
        private int outstanding;

        Search(List<TenantId> tenants, MonoSink<List<Shared>> sink) {
            this.tenants = tenants;
            this.sink = sink;
            this.found = new ArrayList<>(tenants.size());
            this.outstanding = tenants.size();
        }

        void begin() {
            for (TenantId tenant : tenants) {
                byte[] key = key(tenant);
                // A part of the value: whatever lies there, it fills no memory of ours.
                link.<byte[]>ask(
                        redis -> redis.getrange(key, 0, RouteCodec.LENGTH_MAX + Seal.LENGTH),
                        value -> end(tenant, key, value));
            }
        }

        private void end(TenantId tenant, byte[] key, byte @Nullable [] value) {
            Shared one = value == null ? null : read(tenant, key, value);
            if (one != null) {
                found.add(one);
            }
            if (--outstanding == 0) {
                sink.success(found);
            }
        }
    }

    private @Nullable Shared read(TenantId tenant, byte[] key, byte[] value) {
        RedisMeters meters = link.meters();
        if (value.length == 0) {
            meters.route(Value.MISS);
            return null;
        }
        byte[] opened = seal.open(key, value);
        if (opened == null) {
            meters.route(Value.UNSEALED);
            return null;
        }
        if (opened.length == RouteCodec.FLOOR_LENGTH && opened[0] == RouteCodec.FLOOR) {
            meters.route(Value.OUTDATED);
            return null;
        }
        Decoded decoded = RouteCodec.decode(opened);
        if (decoded == null || !decoded.route().tenant().equals(tenant) || !history.isOurs(decoded.history())) {
            meters.route(Value.UNREADABLE);
            return null;
        }
        Duration age = Duration.ofMillis(clock.millis() - decoded.loadedMillis());
        if (age.compareTo(ttl) > 0 || age.compareTo(SKEW_MAX.negated()) < 0 || isFlushed(decoded)) {
            meters.route(Value.OUTDATED);
            return null;
        }
        meters.route(Value.HIT);
        return new Shared(new RouteLookup.Known(decoded.route()), age);
    }

    private boolean isFlushed(Decoded decoded) {
        long flushed = Math.max(
                flushedMillis, tierFlushedMillis.getOrDefault(decoded.route().tier(), Long.MIN_VALUE));
        return flushed != Long.MIN_VALUE && decoded.loadedMillis() <= flushed + SKEW_MAX.toMillis();
    }

    // Telling ---------------------------------------------------------------------------------------------------------

    @Override
    public void offer(List<RouteLookup> loaded) {
        long of = history.known();
        if (!link.isUp() || of == DatabaseHistory.UNKNOWN) {
            return;
        }
        long now = clock.millis();
        for (RouteLookup lookup : loaded) {
            switch (lookup) {
                case RouteLookup.Known known -> execute(() -> put(known.route(), of, now));
                // Nobody shares what is unknown; but a route that Redis may still hold goes.
                case RouteLookup.Unknown unknown -> {
                    if (unknown.version() > 0) {
                        execute(() -> raiseFloor(unknown.tenant(), unknown.version(), of));
                    }
                }
            }
        }
    }

    /** A change was heard of by another way than Redis. */
    void changed(TenantId tenant, long version) {
        long of = history.known();
        if (link.isUp() && of != DatabaseHistory.UNKNOWN) {
            execute(() -> raiseFloor(tenant, version, of));
        }
    }

    private void put(TenantRoute route, long of, long loadedMillis) {
        byte[] key = key(route.tenant());
        byte[] value = seal.seal(key, RouteCodec.encode(route, of, loadedMillis));
        link.ask(redis -> RouteScript.put(redis, key, value, ttl), done -> {});
    }

    private void raiseFloor(TenantId tenant, long version, long of) {
        byte[] key = key(tenant);
        byte[] value = seal.seal(key, RouteCodec.floor(version, of));
        byte[] message = seal.seal(channel, new RouteMessage(of, tenant, version).encode());
        link.ask(redis -> RouteScript.tell(redis, key, value, FLOOR_TTL, channel, message), said -> {
            if (said != null && said == RouteScript.TOLD) {
                link.meters().published();
            }
        });
    }

    // Flushing --------------------------------------------------------------------------------------------------------

    @Override
    public CacheName name() {
        return CacheName.ROUTES;
    }

    /** From now on nothing is taken from Redis that was loaded before; the values themselves expire. Counts none. */
    @Override
    public long flush(FlushScope scope) {
        long now = clock.millis();
        link.execute(() -> {
            switch (scope) {
                case FlushScope.OneTenant one -> {
                    byte[] key = key(one.tenant());
                    link.ask(redis -> redis.unlink(key), gone -> {});
                }
                case FlushScope.OneTier one -> tierFlushedMillis.put(one.tier(), now);
                case FlushScope.All all -> flushedMillis = now;
            }
        });
        return 0;
    }

    // -----------------------------------------------------------------------------------------------------------------

    /** Whether there was room for the task. */
    private boolean execute(Runnable task) {
        if (waiting.incrementAndGet() > WAITING_MAX) {
            waiting.decrementAndGet();
            return false;
        }
        link.execute(() -> {
            waiting.decrementAndGet();
            task.run();
        });
        return true;
    }

    private byte[] key(TenantId tenant) {
        return bytes(keyPrefix + tenant);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
