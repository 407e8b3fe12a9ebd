package io.percolate.gateway.bench.redis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.redis.RedisConfig;
import io.percolate.gateway.routing.redis.RedisStatus;
import io.percolate.gateway.routing.redis.SecondLevel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The part of a gateway that looks tenants up, with room for one of them, so that all others are misses. */
final class Gateway implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SplittableRandom random = new SplittableRandom(7);
    private final ManagementDatabase database;
    private final SecondLevel shared;
    private final PostgresRouteDirectory directory;
    private final RoutingNews news;

    private Gateway(Map<String, String> settings) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(settings));
        NewsConfig newsConfig = NewsConfig.read(reader);
        database = ManagementDatabase.open(DatabaseConfig.read(reader), "bench-redis", meters);
        shared = SecondLevel.open(RedisConfig.read(reader), meters, Clock.systemUTC());
        directory = new PostgresRouteDirectory(database, shared.routes(), DirectoryConfig.read(reader), meters);
        reader.finish();
        news = new RoutingNews(database, newsConfig, List.of(shared.follower(directory, newsConfig)), meters);
    }

    static Gateway start(String postgresUrl, @Nullable String redisUrl) {
        Map<String, String> settings =
                new HashMap<>(Map.of("MANAGEMENT_DB_URL", postgresUrl, "GATEWAY_ROUTES_MAX", "1"));
        if (redisUrl != null) {
            settings.put("GATEWAY_REDIS_URL", redisUrl);
            settings.put("GATEWAY_REDIS_SEAL_SECRET", "a secret of the benchmark's own, long enough");
        }
        Gateway gateway = new Gateway(settings);
        gateway.directory.start();
        gateway.shared.listen(gateway.directory);
        gateway.news.start();
        await(() -> gateway.news.status().connected());
        return gateway;
    }

    void awaitRedis(boolean up) {
        await(() -> shared.status().map(RedisStatus::up).orElse(false) == up);
    }

    /** Looks up tenants at this rate, whether earlier ones have been answered or not. */
    Times run(Population population, int rate, Duration length) {
        int count = Math.toIntExact(rate * length.toMillis() / 1_000);
        Times times = new Times(count);
        long interval = TimeUnit.SECONDS.toNanos(1) / rate;
        long begin = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = begin + i * interval;
            while (due - System.nanoTime() > 0) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            directory
                    .lookup(population.any(random))
                    .subscribe(
                            found -> times.add(System.nanoTime() - due, false),
                            failed -> times.add(System.nanoTime() - due, true));
        }
        await(times::isComplete);
        return times;
    }

    /** The same, while something happens once it has begun. */
    Times during(Population population, int rate, Duration length, Runnable event) {
        Thread happening = Thread.ofPlatform().start(() -> {
            LockSupport.parkNanos(length.dividedBy(4).toNanos());
            event.run();
        });
        Times times = run(population, rate, length);
        try {
            happening.join();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
        return times;
    }

    private static void await(BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - until > 0) {
                throw new IllegalStateException("what was waited for has not come within " + PATIENCE);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    @Override
    public void close() {
        news.close();
        directory.close();
        shared.close().block(PATIENCE);
        database.close().block(PATIENCE);
    }
}
