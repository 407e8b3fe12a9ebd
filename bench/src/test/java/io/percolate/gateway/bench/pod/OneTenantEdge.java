package io.percolate.gateway.bench.pod;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.proxy.cold.ColdConfig;
import io.percolate.gateway.proxy.cold.ColdStart;
import io.percolate.gateway.proxy.engine.EdgeConfig;
import io.percolate.gateway.proxy.engine.EdgeServer;
import io.percolate.gateway.proxy.engine.UpstreamConfig;
import io.percolate.gateway.proxy.generate.HttpGenerator;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteExplanation;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.warmup.wake.Wake;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The gateway's edge in front of one pod, for one tenant that has one token. */
final class OneTenantEdge implements AutoCloseable {
    static final String TOKEN = "aaa.bbb.ccc";
    private final EdgeServer edge;
    private final Optional<HttpGenerator> generator;

    private OneTenantEdge(
            TenantRoute route, Mono<TenantRoute> woken, Mono<Context> context, Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(Map.of(
                "GATEWAY_EDGE_HOST", "127.0.0.1",
                "GATEWAY_EDGE_PORT", "0",
                "GATEWAY_EDGE_EVENT_LOOPS", "1",
                "GATEWAY_UPSTREAM_PROTOCOL_TIER_B", "h2c"));
        all.putAll(settings);
        ConfigReader reader = new ConfigReader(ConfigSource.of(all));
        ColdConfig cold = ColdConfig.read(reader);
        generator = HttpGenerator.open(cold.generate(), new SimpleMeterRegistry());
        edge = EdgeServer.start(
                EdgeConfig.read(reader),
                UpstreamConfig.read(reader),
                new OneToken(new VerifiedToken(route.tenant(), "someone", "issuer", TOKEN, "", Long.MAX_VALUE)),
                new OneRoute(route),
                new ColdStart(cold, new OneContext(context), new OneWake(woken), generator.orElse(null)),
                null,
                null,
                timeline -> {});
        reader.finish();
    }

    private OneTenantEdge(TenantRoute route, Mono<TenantRoute> woken) {
        this(
                route,
                woken,
                Mono.error(Failure.of(FailureKind.CONTEXT_ABSENT, "there is no context")
                        .toException()),
                Map.of());
    }

    /** The tenant is cold for ever, and this service answers calls from its context. */
    static OneTenantEdge ofAnswered(TenantId tenant, Context context, URI generator) {
        return new OneTenantEdge(
                route(tenant, null),
                Mono.never(),
                Mono.just(context),
                Map.of(
                        "GATEWAY_COLD_RULES",
                        "POST /** type=application/grpc,application/grpc+* -> generate",
                        "GATEWAY_GENERATE_URL",
                        generator.toString()));
    }

    /** The tenant is hot in the pod under epoch 1. */
    static OneTenantEdge ofHot(TenantId tenant, PodAddress pod) {
        return new OneTenantEdge(
                route(tenant, pod),
                Mono.error(Failure.of(FailureKind.WAKE_FAILED, "nothing wakes here")
                        .toException()));
    }

    /** The tenant is cold until this completes, and then hot in the pod under epoch 1. */
    static OneTenantEdge ofCold(TenantId tenant, PodAddress pod, Mono<Void> warm) {
        return new OneTenantEdge(route(tenant, null), warm.thenReturn(route(tenant, pod)));
    }

    private static TenantRoute route(TenantId tenant, @Nullable PodAddress pod) {
        return new TenantRoute(
                tenant,
                Tier.B,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                pod == null ? Residency.COLD : Residency.HOT,
                pod == null ? null : new Placement(new PodId("pod-of-test"), Tier.B, pod, 1),
                pod == null ? 0 : 1,
                "default",
                null,
                null,
                1);
    }

    InetSocketAddress address() {
        return edge.address();
    }

    @Override
    public void close() {
        edge.drain(Duration.ofMillis(1)).block(Duration.ofSeconds(10));
        generator.ifPresent(HttpGenerator::close);
    }

    private record OneToken(VerifiedToken token) implements TokenVerifier {
        @Override
        public @Nullable VerifiedToken cached(String text) {
            return text.equals(TOKEN) ? token : null;
        }

        @Override
        public boolean accepts(VerifiedToken asked) {
            return asked.equals(token);
        }

        @Override
        public long generation() {
            return 0;
        }

        @Override
        public Mono<VerifiedToken> verify(String text) {
            return Mono.error(Failure.of(FailureKind.TOKEN_SIGNATURE_INVALID, "the signature does not hold")
                    .toException());
        }
    }

    private record OneRoute(TenantRoute route) implements RouteDirectory {
        @Override
        public RouteLookup cached(TenantId tenant) {
            return tenant.equals(route.tenant()) ? new RouteLookup.Known(route) : new RouteLookup.Unknown(tenant, 0);
        }

        @Override
        public Mono<RouteLookup> lookup(TenantId tenant) {
            return Mono.just(cached(tenant));
        }

        @Override
        public Mono<RouteLookup> refresh(TenantId tenant) {
            return lookup(tenant);
        }

        @Override
        public Flux<RouteLookup> watch(TenantId tenant) {
            return Flux.never();
        }

        @Override
        public void learn(TenantRoute learned) {
            throw new UnsupportedOperationException("the route never changes");
        }

        @Override
        public @Nullable RouteExplanation explain(TenantId tenant) {
            return null;
        }
    }

    private record OneContext(Mono<Context> context) implements ContextCache {
        @Override
        public Mono<Context> get(TenantRoute route) {
            return context;
        }

        @Override
        public boolean isAtHand(TenantRoute route) {
            return false;
        }

        @Override
        public CacheName name() {
            return CacheName.CONTEXT;
        }

        @Override
        public long flush(FlushScope scope) {
            return 0;
        }
    }

    private record OneWake(Mono<TenantRoute> woken) implements Wake {
        @Override
        public Mono<TenantRoute> wake(TenantRoute known) {
            return woken;
        }

        @Override
        public Duration expected(Tier tier) {
            return Duration.ofSeconds(1);
        }
    }
}
