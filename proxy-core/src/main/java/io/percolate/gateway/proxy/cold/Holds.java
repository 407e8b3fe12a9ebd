package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.wake.Wake;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** All requests that wait for a tenant to become hot, by tenant; bounded for each tenant and for the process. */
final class Holds {
    private final ColdConfig config;
    private final Wake wake;
    private final ConcurrentHashMap<TenantId, TenantHold> byTenant = new ConcurrentHashMap<>();
    private final AtomicInteger held = new AtomicInteger();

    Holds(ColdConfig config, Wake wake) {
        this.config = config;
        this.wake = wake;
    }

    int held() {
        return held.get();
    }

    /**
     * Joins those who wait for this tenant, starting its wake if they are the first. Completes when the tenant is hot
     * and this request's turn has come; on any thread. Cancelling leaves the queue at once.
     *
     * <p>Errors with {@code HOLD_FULL}, or with what made the wake fail.
     */
    Mono<Released> hold(TenantRoute route) {
        return Mono.create(sink -> {
            if (held.incrementAndGet() > config.heldMax()) {
                held.decrementAndGet();
                sink.error(full(route, "the gateway holds as many requests as it may"));
                return;
            }
            AtomicBoolean counted = new AtomicBoolean(true);
            Runnable left = () -> {
                if (counted.getAndSet(false)) {
                    held.decrementAndGet();
                }
            };
            TenantHold.Waiter waiter = new TenantHold.Waiter(sink, left);
            TenantHold.Joined joined;
            TenantHold hold;
            do {
                hold = byTenant.computeIfAbsent(
                        route.tenant(),
                        tenant -> new TenantHold(
                                config.heldPerTenantMax(), config.releaseConcurrency(), this::remove, tenant));
                joined = hold.join(waiter);
            } while (joined == TenantHold.Joined.OVER);
            switch (joined) {
                case FULL -> {
                    left.run();
                    sink.error(full(route, "as many requests of this tenant wait as may"));
                }
                case FIRST, QUEUED -> {
                    TenantHold entered = hold;
                    sink.onCancel(() -> entered.leave(waiter));
                    if (joined == TenantHold.Joined.FIRST) {
                        hold.start(wake.wake(route));
                    }
                }
                case OVER -> throw new IllegalStateException("a hold that is over was joined");
            }
        });
    }

    private void remove(TenantId tenant, TenantHold hold) {
        byTenant.remove(tenant, hold);
    }

    private RuntimeException full(TenantRoute route, String detail) {
        return Failure.of(FailureKind.HOLD_FULL, detail)
                .withRetryAfter(wake.expected(route.tier()))
                .toException();
    }
}
