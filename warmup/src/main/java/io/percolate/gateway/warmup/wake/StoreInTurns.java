package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.placement.TenantRow;
import io.percolate.gateway.warmup.placement.TierGrowth;
import java.util.List;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * A store that is asked a few things at once; the rest wait here, claims behind all else, within their wake's time. So wakes that begin
 * together neither fail for want of a connection nor keep all of them from routes. Renewals wait for nobody.
 */
final class StoreInTurns implements WakeStore {
    private final WakeStore store;
    private final Turns turns;

    StoreInTurns(WakeStore store, Turns turns) {
        this.store = store;
        this.turns = turns;
    }

    @Override
    public Mono<Boolean> renew(TenantId tenant) {
        return store.renew(tenant);
    }

    @Override
    public <T> Mono<T> inTurn(Mono<T> work) {
        return turns.begin(work);
    }

    /** In a turn that the caller has taken, since the lease counts from when the claim is asked for. */
    @Override
    public Mono<ClaimOutcome> claim(TenantRoute known) {
        return store.claim(known);
    }

    @Override
    public Mono<Optional<TenantRow>> find(TenantId tenant) {
        return turns.goOn(store.find(tenant));
    }

    @Override
    public Mono<List<Candidate>> candidates(TenantRow row) {
        return turns.goOn(store.candidates(row));
    }

    @Override
    public Mono<List<Candidate>> recentCandidates(TenantRow row) {
        return turns.goOn(store.recentCandidates(row));
    }

    @Override
    public Mono<TierGrowth> recentGrowth(TenantRow row) {
        return turns.goOn(store.recentGrowth(row));
    }

    @Override
    public Mono<TierGrowth> growth(TenantRow row) {
        return turns.goOn(store.growth(row));
    }

    /** Many go in one call, one call at a time: more than one turn would be too many, and each its own too few. */
    @Override
    public Mono<Assignment.Outcome> assign(Assignment assignment) {
        return store.assign(assignment);
    }

    @Override
    public Mono<Boolean> startMoving(TenantId tenant, long epoch) {
        return turns.goOn(store.startMoving(tenant, epoch));
    }

    @Override
    public Mono<Optional<TenantRow>> publish(TenantId tenant, PodId pod, long epoch) {
        return turns.goOn(store.publish(tenant, pod, epoch));
    }

    @Override
    public Mono<Optional<TenantRow>> fail(Failed failed) {
        return turns.goOn(store.fail(failed));
    }
}
