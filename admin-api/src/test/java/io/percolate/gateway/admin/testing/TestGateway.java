package io.percolate.gateway.admin.testing;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.fleet.CacheFlushes;
import io.percolate.gateway.routing.fleet.Gateway;
import io.percolate.gateway.routing.fleet.GatewayRegistry;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.invalidation.FlushableCache;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** The part of a gateway that hears of flushes, with a cache that remembers what it was told. */
public final class TestGateway implements AutoCloseable {
    private final UUID id = UUID.randomUUID();
    private final List<FlushScope> flushed = new CopyOnWriteArrayList<>();
    private final ManagementDatabase database;
    private final RoutingNews news;

    /** Registers, and listens. */
    public TestGateway(RunningManagement management) {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        ConfigReader reader = new ConfigReader(ConfigSource.of(
                Map.of("MANAGEMENT_DB_URL", management.database().url(), "GATEWAY_DB_POOL_MIN", "0")));
        this.database = ManagementDatabase.open(DatabaseConfig.read(reader), "test-gateway", meters);
        Gateway gateway = new Gateway(id, "127.0.0.1", 9090, "test");
        CacheFlushes flushes = new CacheFlushes(database, gateway, List.of(cache()), meters);
        this.news = new RoutingNews(database, NewsConfig.read(reader), List.of(flushes), meters);
        new GatewayRegistry(database, gateway).register().block();
        news.start();
        Awaitility.await().until(() -> news.status().connected());
    }

    public UUID id() {
        return id;
    }

    /** What its routes cache was told to drop. */
    public List<FlushScope> flushed() {
        return flushed;
    }

    private FlushableCache cache() {
        return new FlushableCache() {
            @Override
            public CacheName name() {
                return CacheName.ROUTES;
            }

            @Override
            public long flush(FlushScope scope) {
                flushed.add(scope);
                return 3;
            }
        };
    }

    @Override
    public void close() {
        news.close();
        database.close().block();
    }
}
