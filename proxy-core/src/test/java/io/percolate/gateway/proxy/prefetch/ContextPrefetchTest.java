package io.percolate.gateway.proxy.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.proxy.ops.ScriptedDirectory;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

class ContextPrefetchTest {
    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final Asked contexts = new Asked();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private Instant now = Instant.parse("2026-03-02T09:10:00Z");
    private final Clock clock = new SettableClock(() -> now);

    @Test
    void theContextsOfColdTenantsThatAreExpectedAreFetchedOnceAndNoOthers() {
        TenantId regular = tenant(Residency.COLD);
        TenantId hot = tenant(Residency.HOT);
        TenantId rare = tenant(Residency.COLD);
        ContextPrefetch prefetch = prefetch(10);
        for (int day = 0; day < 3; day++) {
            prefetch.completed(requestOf(regular));
            prefetch.completed(requestOf(hot));
            if (day == 0) {
                prefetch.completed(requestOf(rare));
            }
            now = now.plus(Duration.ofDays(1));
        }
        now = Instant.parse("2026-03-05T08:58:00Z");

        assertThat(prefetch.round().block()).isEqualTo(1);

        assertThat(contexts.asked).containsExactly(regular);
        assertThat(registry.get("context.prefetched").counter().count()).isEqualTo(1);
        assertThat(prefetch.round().block()).isZero();
    }

    @Test
    void onlySoManyAreFetchedAndFailuresAreNoMatter() {
        ContextPrefetch prefetch = prefetch(4);
        for (int i = 0; i < 9; i++) {
            TenantId id = tenant(Residency.WARM);
            for (int day = 0; day < 3; day++) {
                now = Instant.parse("2026-03-02T09:10:00Z").plus(Duration.ofDays(day));
                prefetch.completed(requestOf(id));
            }
        }
        now = Instant.parse("2026-03-05T08:58:00Z");
        contexts.failing = true;

        assertThat(prefetch.round().block()).isZero();
        assertThat(contexts.asked).hasSize(4);
    }

    private ContextPrefetch prefetch(int perHour) {
        return new ContextPrefetch(new PrefetchConfig(perHour, 100), contexts, directory, registry, clock);
    }

    private TenantId tenant(Residency residency) {
        TenantId id = new TenantId(UUID.randomUUID());
        directory.store(ScriptedDirectory.route(id, TenantStatus.ACTIVE, residency, Tier.A));
        return id;
    }

    private static RequestTimeline requestOf(TenantId tenant) {
        RequestTimeline timeline = new RequestTimeline();
        timeline.tenant = tenant;
        return timeline;
    }

    private static final class Asked implements ContextCache {
        private final List<TenantId> asked = new ArrayList<>();
        private boolean failing;

        @Override
        public Mono<Context> get(TenantRoute route) {
            asked.add(route.tenant());
            return failing
                    ? Mono.error(Failure.of(FailureKind.CONTEXT_ABSENT, "none").toException())
                    : Mono.just(new Empty());
        }

        @Override
        public boolean isAtHand(TenantRoute route) {
            return asked.contains(route.tenant());
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

    private record Empty() implements Context {
        @Override
        public String etag() {
            return "\"e\"";
        }

        @Override
        public Instant lastModified() {
            return Instant.EPOCH;
        }

        @Override
        public String contentType() {
            return "a/b";
        }

        @Override
        public long length() {
            return 0;
        }

        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            return Mono.empty();
        }
    }

    private static final class SettableClock extends Clock {
        private final InstantSource source;

        SettableClock(InstantSource source) {
            this.source = source;
        }

        @Override
        public ZoneOffset getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return source.instant();
        }
    }
}
