package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.context.cache.ContextCache;
import io.percolate.gateway.proxy.cold.ColdStartRules.Choice;
import io.percolate.gateway.proxy.generate.GenerateRequest;
import io.percolate.gateway.proxy.generate.Generator;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.wake.Wake;
import io.percolate.gateway.warmup.wake.WakePhases;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** What can be done for a tenant that is not hot: its context, a hold, and the wake in the background. */
public final class ColdStart {
    private static final Logger LOG = LoggerFactory.getLogger(ColdStart.class);

    /** Shorter ones are over before anybody could make use of the news. */
    private static final Duration HINTED_WAKE_MIN = Duration.ofMillis(250);

    private final ColdConfig config;
    private final ContextCache contexts;
    private final Wake wake;
    private final @Nullable Generator generator;
    private final Holds holds;
    /** Tenants whose wake this process is waiting for in the background: bounded by the wakes under way. */
    private final Set<TenantId> wakingInBackground = ConcurrentHashMap.newKeySet();

    /** @param generator null where there is none; borrowed */
    public ColdStart(ColdConfig config, ContextCache contexts, Wake wake, @Nullable Generator generator) {
        this.generator = generator;
        this.config = config;
        this.contexts = contexts;
        this.wake = wake;
        this.holds = new Holds(config, wake);
    }

    public Choice choose(String method, String target, Tier tier, @Nullable String contentType) {
        return config.rules().choose(method, target, tier, contentType);
    }

    /** Whether a generator may answer for the tenant: it never does from what only the tenant's device can open. */
    public boolean mayGenerate(TenantRoute route) {
        return generator != null && route.securityMode() == SecurityMode.NODE_BASED;
    }

    /** Longest message that is answered by the generator. */
    public int messageBytesMax() {
        return config.generate().messageBytesMax();
    }

    /** What a generator says to a message, once it has begun to; errors as the context and the generator do. */
    public Mono<GeneratedAnswer> generate(TenantRoute route, Function<Context, GenerateRequest> request) {
        Generator service = generator;
        return service == null
                ? Mono.error(Failure.of(FailureKind.GENERATOR_UNAVAILABLE, "there is no generator")
                        .toException())
                : contexts.get(route)
                        .flatMap(context -> service.generate(request.apply(context)))
                        .map(begun ->
                                new GeneratedAnswer(begun, config.generate().tokenTimeout()));
    }

    /** For the context to be at hand and the generator to say something. */
    public Duration generateBound() {
        return config.contextTimeout().plus(config.generate().firstTokenTimeout());
    }

    public Mono<Context> context(TenantRoute route) {
        return contexts.get(route);
    }

    public Duration contextBound() {
        return config.contextTimeout();
    }

    /** Waits for the tenant to be hot and for this request's turn; see {@link Holds#hold}. */
    public Mono<Released> hold(TenantRoute route, long contentLength) {
        return holds.hold(route, HoldBounds.reservation(contentLength));
    }

    /** Where the time of the tenant's last wake went, as far as this process has seen it. */
    public @Nullable WakePhases phases(TenantId tenant) {
        return wake.phases(tenant);
    }

    /** Where the time of the tenant's wake has gone so far; null where this process does not work on one. */
    public @Nullable WakePhases progress(TenantId tenant) {
        return wake.progress(tenant);
    }

    /**
     * How long the tenant's wake is likely to take; null where clients are not to be told while they wait, or it is not
     * worth while. What a move takes is not known.
     */
    public @Nullable Duration hintedWake(TenantRoute route) {
        if (!config.earlyHints() || route.residency() == Residency.MOVING) {
            return null;
        }
        Duration estimate = wake.estimate(route.tier());
        return estimate.compareTo(HINTED_WAKE_MIN) < 0 ? null : estimate;
    }

    /** For how long a request of this tenant may be held. */
    public Duration holdLimit(TenantRoute route) {
        return route.residency() == Residency.MOVING ? config.moves().limit() : config.holdLimit();
    }

    public Duration expected(Tier tier) {
        return wake.expected(tier);
    }

    /** Requests held right now. */
    public int held() {
        return holds.counts().held();
    }

    /** Memory that is reserved for them. */
    public long heldBytes() {
        return holds.counts().bytes();
    }

    /** Requests that were not held because of this bound. */
    public long refusedHolds(HoldBound bound) {
        return holds.counts().refused(bound);
    }

    /** Starts the tenant's wake, unless this has been done and it is still under way. */
    public void wakeInBackground(TenantRoute route) {
        TenantId tenant = route.tenant();
        if (wakingInBackground.add(tenant)) {
            wake.wake(route)
                    .doFinally(ended -> wakingInBackground.remove(tenant))
                    .subscribe(
                            hot -> LOG.debug("tenant {} is hot at epoch {}", tenant, hot.epoch()),
                            failed -> LOG.debug(
                                    "the wake of tenant {} failed: {}", tenant, FailureException.failureOf(failed)));
        }
    }
}
