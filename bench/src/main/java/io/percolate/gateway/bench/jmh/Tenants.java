package io.percolate.gateway.bench.jmh;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import reactor.core.publisher.Mono;

/** Tenants, all hot, and a directory that has their routes in memory. */
final class Tenants {
    private static final long SEED = 20_260_101;
    private static final List<Tier> TIERS = List.of(Tier.values());

    private Tenants() {}

    /** The same ones each time, in no order. */
    static List<TenantId> ids(int count) {
        Random random = new Random(SEED);
        return Stream.generate(() -> new TenantId(new UUID(random.nextLong(), random.nextLong())))
                .limit(count)
                .toList();
    }

    /** A directory with the gateway's defaults that hears of all changes. */
    static PostgresRouteDirectory directory(List<TenantId> tenants) {
        var directory = new PostgresRouteDirectory(
                new NoStatements(),
                DirectoryConfig.read(new ConfigReader(ConfigSource.of(Map.of()))),
                new SimpleMeterRegistry());
        directory.connected();
        for (int i = 0; i < tenants.size(); i++) {
            directory.learn(route(tenants.get(i), TIERS.get(i % TIERS.size())));
        }
        return directory;
    }

    static TenantRoute route(TenantId tenant, Tier tier) {
        return new TenantRoute(
                tenant,
                tier,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.HOT,
                new Placement(new PodId("pod-" + tier), tier, new PodAddress("127.0.0.1", 8_000), 1),
                1,
                "eu-central",
                null,
                null,
                1);
    }

    /** A hit asks nobody. */
    private static final class NoStatements implements Statements {
        @Override
        public Mono<Long> update(String sql, Object... binds) {
            return Mono.error(new IllegalStateException("a hit wrote: " + sql));
        }

        @Override
        public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
            return Mono.error(new IllegalStateException("a hit asked: " + sql));
        }
    }
}
