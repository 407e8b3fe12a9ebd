package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps a claim alive while its work runs. */
public final class Lease {
    private static final Logger log = LoggerFactory.getLogger(Lease.class);
    private static final int RENEWALS_PER_LEASE = 3;

    private final Renewal renewal;
    private final WakeClock clock;
    private final TenantId tenant;
    private final Duration lease;
    /** When the last renewal that succeeded was sent: the store's lease cannot have begun earlier. */
    private volatile long renewedAtNanos;

    /** @param claimedAtNanos when the claim was asked for, by this clock */
    public Lease(Renewal renewal, WakeClock clock, TenantId tenant, Duration lease, long claimedAtNanos) {
        this.renewal = renewal;
        this.clock = clock;
        this.tenant = tenant;
        this.lease = lease;
        this.renewedAtNanos = claimedAtNanos;
    }

    /** Runs the work under the lease; errors with {@link ClaimLost}, cancelling the work, once it cannot be sure of it. */
    public <T> Mono<T> guard(Mono<T> work) {
        return Mono.firstWithSignal(work, renewals());
    }

    private <T> Mono<T> renewals() {
        Duration interval = lease.dividedBy(RENEWALS_PER_LEASE);
        return Flux.interval(interval, interval, clock.timer())
                .onBackpressureDrop()
                .concatMap(tick -> renewal(), 1)
                .then(Mono.error(() -> new IllegalStateException("an interval has ended")));
    }

    private Mono<Void> renewal() {
        return Mono.defer(() -> {
            long sentAtNanos = clock.now();
            Duration left = lease.minusNanos(sentAtNanos - renewedAtNanos);
            if (left.isNegative() || left.isZero()) {
                return Mono.error(new ClaimLost("its lease could not be renewed in time"));
            }
            return renewal.renew(tenant)
                    .timeout(
                            left,
                            Mono.error(() -> new ClaimLost("its renewal was not answered in time")),
                            clock.timer())
                    .flatMap(renewed -> {
                        if (!renewed) {
                            return Mono.error(new ClaimLost("another process has taken it"));
                        }
                        renewedAtNanos = sentAtNanos;
                        return Mono.<Void>empty();
                    })
                    .onErrorResume(DatabaseException.class, error -> {
                        log.debug("renewing the claim on tenant {} failed, will try again", tenant, error);
                        return Mono.empty();
                    });
        });
    }
}
