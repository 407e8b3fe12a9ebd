package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.directory.SharedRoutes.Shared;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What one gateway has of Redis. */
final class RedisNode implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String SEAL = "0123456789abcdef0123456789abcdef";
    static final String HISTORY = "7000000000000000000:00000001";

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final RedisConfig config;
    final RedisLink link;
    final DatabaseHistory history = new DatabaseHistory();
    final RedisRoutes routes;

    private RedisNode(RedisConfig config, Clock clock) {
        this.config = config;
        this.link = RedisLink.open(config, meters);
        this.routes = new RedisRoutes(link, config, history, clock);
        history.learn(HISTORY);
    }

    /** A node that is up; its deadline is one for a busy machine unless given. */
    static RedisNode start(String url, String prefix, String... settings) {
        RedisNode node = begin(url, prefix, Clock.systemUTC(), settings);
        node.awaitUp();
        return node;
    }

    static RedisNode begin(String url, String prefix, Clock clock, String... settings) {
        List<String> all = new ArrayList<>(
                List.of("GATEWAY_REDIS_URL", url, "GATEWAY_REDIS_SEAL_SECRET", SEAL, "GATEWAY_REDIS_PREFIX", prefix));
        if (Stream.of(settings).noneMatch("GATEWAY_REDIS_DEADLINE"::equals)) {
            all.addAll(List.of("GATEWAY_REDIS_DEADLINE", "1s"));
        }
        all.addAll(List.of(settings));
        return new RedisNode(Settings.read(RedisConfig::read, all.toArray(String[]::new)), clock);
    }

    void awaitUp() {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(5))
                .untilAsserted(
                        () -> assertThat(link.isUp()).as(link.status().detail()).isTrue());
    }

    void awaitDown() {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> !link.isUp());
    }

    List<Shared> find(TenantId... tenants) {
        return Objects.requireNonNull(routes.find(List.of(tenants)).block(PATIENCE));
    }

    /** The version found, or -1. */
    long foundVersion(TenantId tenant) {
        List<Shared> found = find(tenant);
        return found.isEmpty() ? -1 : found.getFirst().lookup().version();
    }

    /** Offers it; what is asked on this node from now on comes after. */
    void offer(TenantRoute route) {
        routes.offer(List.of(new RouteLookup.Known(route)));
    }

    double count(String name, String outcome) {
        Counter counter = meters.find(name).tag("outcome", outcome).counter();
        return counter == null ? 0 : counter.count();
    }

    double count(String name) {
        return meters.get(name).counter().count();
    }

    @Override
    public void close() {
        link.close().block(PATIENCE);
    }
}
