package io.percolate.gateway.proxy.path;

import io.percolate.gateway.proxy.cold.ColdStart;
import io.percolate.gateway.proxy.cold.ColdStartRules.Choice;
import io.percolate.gateway.proxy.cold.ColdStartRules.Responder;
import io.percolate.gateway.proxy.cold.ContextAnswer;
import io.percolate.gateway.proxy.fault.Fault;
import io.percolate.gateway.proxy.fault.Faults;
import io.percolate.gateway.proxy.generate.GenerateRequest;
import io.percolate.gateway.proxy.generate.Question;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PeerSeal;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.placement.PlacementStrategy.KeySource;
import io.percolate.gateway.routing.placement.Placements;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.routing.topology.RegionId;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The stages of a request, in order: clean, authenticate, resolve, admit, place, switch on residency, forward, record.
 *
 * <p>Where every answer is at hand a request goes through on its event loop in one synchronous call; where one has to be
 * fetched, the request waits and goes on from there. One instance serves all event loops.
 */
public final class RequestPath {
    private static final Logger LOG = LoggerFactory.getLogger(RequestPath.class);

    /** Pods that one request may be sent to, one after the other. */
    private static final int ATTEMPTS_MAX = 3;
    /** The verifier and the directory have deadlines of their own; these only bound a request that they forgot. */
    private static final Duration AUTHENTICATE_BOUND = Duration.ofSeconds(10);

    private static final Duration RESOLVE_BOUND = Duration.ofSeconds(10);
    private static final String SHARD_KEY = "X-Shard-Key";
    private static final String EVENTS = "text/event-stream";
    private static final Duration RETRY_AFTER_MOVE = Duration.ofSeconds(1);

    private final TokenVerifier tokens;
    private final Admission admission;
    private final RouteDirectory routes;
    private final Placements placements;
    private final ColdStart cold;
    private final @Nullable Faults faults;
    private final RequestObserver observer;

    /** @param faults that are asked for; null for none */
    public RequestPath(
            TokenVerifier tokens,
            Admission admission,
            RouteDirectory routes,
            Placements placements,
            ColdStart cold,
            @Nullable Faults faults,
            RequestObserver observer) {
        this.faults = faults;
        this.tokens = tokens;
        this.admission = admission;
        this.routes = routes;
        this.placements = placements;
        this.cold = cold;
        this.observer = observer;
    }

    // Clean: what two readers could read differently goes no further. Fields that only the gateway may set are left
    // behind when the head is written for the pod.
    public void begin(Exchange exchange) {
        Failure malformation = exchange.malformation();
        if (malformation != null) {
            exchange.fail(malformation);
        } else {
            authenticate(exchange);
        }
    }

    private void authenticate(Exchange exchange) {
        switch (BearerToken.parse(exchange.headers("authorization"))) {
            case BearerToken.Refused refused -> exchange.fail(refused.failure());
            case BearerToken.Present present -> {
                VerifiedToken known = tokens.cached(present.token());
                if (known != null) {
                    authenticated(exchange, known);
                } else {
                    verify(exchange, present);
                }
            }
        }
    }

    private void verify(Exchange exchange, BearerToken.Present present) {
        Failure malformation = present.malformation();
        if (malformation != null) {
            exchange.fail(malformation);
            return;
        }
        exchange.await(
                tokens.verify(present.token()),
                AUTHENTICATE_BOUND,
                FailureKind.KEYS_UNAVAILABLE,
                verified -> authenticated(exchange, verified),
                exchange::fail);
    }

    private void authenticated(Exchange exchange, VerifiedToken token) {
        exchange.timeline().tenant = token.tenant();
        exchange.timeline().token = token;
        exchange.timeline().authenticatedNanos = System.nanoTime();
        resolve(exchange, token);
    }

    private void resolve(Exchange exchange, VerifiedToken token) {
        RouteLookup known = routes.cached(token.tenant());
        if (known != null) {
            resolved(exchange, known);
        } else {
            exchange.await(
                    routes.lookup(token.tenant()),
                    RESOLVE_BOUND,
                    FailureKind.DIRECTORY_UNAVAILABLE,
                    lookup -> resolved(exchange, lookup),
                    exchange::fail);
        }
    }

    private void resolved(Exchange exchange, RouteLookup lookup) {
        exchange.timeline().resolvedNanos = System.nanoTime();
        switch (lookup) {
            case RouteLookup.Unknown unknown ->
                exchange.fail(Failure.of(FailureKind.TENANT_UNKNOWN, "the token's tenant is not known here"));
            case RouteLookup.Known(TenantRoute route) -> {
                exchange.timeline().tier = route.tier();
                exchange.limitTime(route.tier());
                admit(exchange, route);
            }
        }
    }

    // Admit comes after resolve because limits go by tier, and the tier comes with the route.
    private void admit(Exchange exchange, TenantRoute route) {
        switch (route.status()) {
            case SUSPENDED ->
                exchange.fail(Failure.of(FailureKind.TENANT_SUSPENDED, "the tenant's account is suspended"));
            case DELETED -> exchange.fail(Failure.of(FailureKind.TENANT_DELETED, "the tenant was deleted"));
            case ACTIVE -> {
                PlacementDecision decision = decision(exchange, route);
                // What the tenant may use is counted where it is served.
                Failure refusal = decision instanceof PlacementDecision.Elsewhere
                        ? admission.overload(exchange, route)
                        : admission.refusal(exchange, route);
                if (refusal != null) {
                    exchange.fail(refusal);
                } else if (exchange.mayRun(route.tier())) {
                    admitted(exchange, route, decision);
                } else {
                    exchange.awaitTurn(
                            route, () -> admitted(exchange, route, decision(exchange, route)), exchange::fail);
                }
            }
        }
    }

    private void admitted(Exchange exchange, TenantRoute route, PlacementDecision decision) {
        if (faults != null && exchange.attempts() == 0) {
            inject(exchange, route, faults);
        } else {
            carryOut(exchange, route, decision);
        }
    }

    private void inject(Exchange exchange, TenantRoute route, Faults injected) {
        String requestId = exchange.timeline().requestId;
        List<String> asked = injected.takesTokens() ? exchange.headers(Faults.HEADER) : List.of();
        if (asked.isEmpty()) {
            inject(exchange, route, injected.byRule(route.tenant(), exchange.target(), requestId));
        } else {
            exchange.await(
                    injected.byToken(asked, route.tenant(), requestId),
                    AUTHENTICATE_BOUND,
                    FailureKind.KEYS_UNAVAILABLE,
                    fault -> inject(exchange, route, fault),
                    exchange::fail);
        }
    }

    private void inject(Exchange exchange, TenantRoute route, @Nullable Fault fault) {
        switch (fault) {
            case null -> carryOut(exchange, route, decision(exchange, route));
            case Fault.Abort(int status) -> exchange.fail(Faults.aborted(status));
            case Fault.Drop _ -> exchange.drop();
            case Fault.Delay(Duration length) ->
                exchange.await(
                        Mono.delay(length),
                        length.plus(AUTHENTICATE_BOUND),
                        FailureKind.FAULT_INJECTED,
                        over -> carryOut(exchange, route, decision(exchange, route)),
                        exchange::fail);
        }
    }

    private PlacementDecision decision(Exchange exchange, TenantRoute route) {
        KeySource source = placements.keySource(route);
        List<String> named = source == KeySource.HEADER ? exchange.headers(SHARD_KEY) : List.of();
        if (named.size() > 1) {
            return new PlacementDecision.Refused(
                    Failure.of(FailureKind.SHARD_KEY_INVALID, "expected one " + SHARD_KEY + ", got " + named.size()));
        }
        VerifiedToken token = exchange.timeline().token;
        String claimed = source == KeySource.CLAIM && token != null ? token.shardKey() : "";
        String key = named.isEmpty() ? (claimed.isEmpty() ? null : claimed) : named.getFirst();
        return placements.decide(route, key, passedBy(exchange, route));
    }

    /** The region whose gateway has passed the request on; null for all else that such a field may say. */
    private @Nullable RegionId passedBy(Exchange exchange, TenantRoute route) {
        PeerSeal seal = placements.seal();
        List<String> sealed = seal == null ? List.of() : exchange.headers(PeerSeal.FIELD);
        return seal == null || sealed.size() != 1
                ? null
                : seal.opened(sealed.getFirst(), route.tenant(), Instant.now().getEpochSecond());
    }

    private void carryOut(Exchange exchange, TenantRoute route, PlacementDecision decision) {
        switch (decision) {
            case PlacementDecision.Assigned _ -> switchOnResidency(exchange, route);
            case PlacementDecision.Direct direct -> exchange.forward(route, direct);
            case PlacementDecision.Elsewhere(PeerGateway peer, String _) ->
                exchange.passOn(
                        route,
                        peer,
                        Objects.requireNonNull(placements.seal())
                                .seal(
                                        peer.region(),
                                        route.tenant(),
                                        Instant.now().getEpochSecond()));
            case PlacementDecision.Refused(Failure failure) -> exchange.fail(failure);
        }
    }

    private void switchOnResidency(Exchange exchange, TenantRoute route) {
        switch (route.residency()) {
            case HOT -> {
                if (route.isMisplaced()) {
                    hold(exchange, route, failure -> forwardWhereItStillIs(exchange, route, failure));
                } else {
                    exchange.forward(route);
                }
            }
            case MOVING -> hold(exchange, route, failure -> forwardWhereItStillIs(exchange, route, failure));
            case WARM, COLD, ARCHIVED -> coldStart(exchange, route);
        }
    }

    private void coldStart(Exchange exchange, TenantRoute route) {
        Choice choice = cold.choose(exchange.method(), exchange.target(), route.tier(), contentType(exchange));
        Choice fitting = exchange.isUpgrade() || exchange.isGrpc() ? choice.forTalk(exchange.takesMessages()) : choice;
        respond(exchange, route, fitting.responder(), fitting.otherwise());
    }

    private void respond(Exchange exchange, TenantRoute route, Responder responder, Responder otherwise) {
        switch (responder) {
            case CONTEXT -> {
                cold.wakeInBackground(route);
                exchange.await(
                        cold.context(route),
                        cold.contextBound(),
                        FailureKind.CONTEXT_STORE_UNAVAILABLE,
                        context -> exchange.answer(ContextAnswer.of(context, exchange.method(), exchange::headers)),
                        noContext -> respond(exchange, route, otherwise, Responder.HOLD));
            }
            case GENERATE -> {
                cold.wakeInBackground(route);
                if (cold.mayGenerate(route)) {
                    exchange.collect(
                            cold.messageBytesMax(),
                            body -> question(exchange, body)
                                    .ifPresentOrElse(
                                            question -> generate(exchange, route, question, otherwise),
                                            () -> respond(exchange, route, otherwise, Responder.HOLD)),
                            noMessage -> respond(exchange, route, otherwise, Responder.HOLD));
                } else {
                    respond(exchange, route, otherwise, Responder.HOLD);
                }
            }
            case HOLD -> hold(exchange, route, exchange::fail);
            case REJECT -> {
                cold.wakeInBackground(route);
                exchange.fail(Failure.of(FailureKind.WAKE_IN_PROGRESS, "the tenant is being woken")
                        .withRetryAfter(cold.expected(route.tier())));
            }
        }
    }

    /** Empty where what it asks cannot be read, so that the pod has to see it. */
    private static Optional<Question> question(Exchange exchange, ByteBuffer body) {
        return exchange.isGrpc()
                ? Question.ofCall(body, contentType(exchange))
                : Question.of(
                        body,
                        contentType(exchange),
                        exchange.headers("accept").stream().anyMatch(accept -> accept.contains(EVENTS)));
    }

    private void generate(Exchange exchange, TenantRoute route, Question question, Responder otherwise) {
        exchange.await(
                cold.generate(
                        route,
                        context ->
                                new GenerateRequest(route.tenant(), exchange.timeline().requestId, question, context)),
                cold.generateBound(),
                FailureKind.GENERATOR_TIMEOUT,
                exchange::answer,
                nothing -> respond(exchange, route, otherwise, Responder.HOLD));
    }

    private static @Nullable String contentType(Exchange exchange) {
        List<String> types = exchange.headers("content-type");
        return types.isEmpty() ? null : types.getFirst();
    }

    private void hold(Exchange exchange, TenantRoute route, Consumer<Failure> otherwise) {
        long heldNanos = System.nanoTime();
        exchange.await(
                cold.hold(route, exchange.contentLength()),
                cold.holdLimit(route),
                FailureKind.HOLD_TIMEOUT,
                released -> {
                    exchange.timeline().serverTiming =
                            ServerTiming.ofHold(System.nanoTime() - heldNanos, cold.phases(route.tenant()));
                    exchange.whenOver(released::close);
                    forwardIfActive(exchange, released.route());
                },
                failure -> otherwise.accept(
                        failure.kind() == FailureKind.HOLD_TIMEOUT
                                ? failure.withRetryAfter(cold.expected(route.tier()))
                                : failure));
        Duration wake = cold.hintedWake(route);
        if (wake != null) {
            exchange.hintWhileHeld(new HoldNews(wake, heldNanos, () -> cold.progress(route.tenant())));
        }
    }

    /** Standing may have changed while the request waited; residency is what it waited for. */
    private void forwardIfActive(Exchange exchange, TenantRoute route) {
        if (route.status() == TenantStatus.ACTIVE) {
            exchange.forward(route);
        } else {
            admit(exchange, route);
        }
    }

    /** A tenant that could not be moved is still served by the pod that has it. */
    private void forwardWhereItStillIs(Exchange exchange, TenantRoute held, Failure failure) {
        exchange.await(
                routes.lookup(held.tenant()),
                RESOLVE_BOUND,
                FailureKind.DIRECTORY_UNAVAILABLE,
                lookup -> {
                    if (lookup instanceof RouteLookup.Known(TenantRoute route)
                            && route.placement() != null
                            && route.residency() == Residency.HOT) {
                        forwardIfActive(exchange, route);
                    } else {
                        exchange.fail(failure);
                    }
                },
                unavailable -> exchange.fail(failure));
    }

    /** The pod does not host the tenant under that epoch: called by the engine, with nothing sent to the client. */
    public void misdirected(Exchange exchange, TenantRoute stale) {
        Failure failure = Failure.of(FailureKind.POD_MISDIRECTED, "the tenant has just moved")
                .withRetryAfter(RETRY_AFTER_MOVE);
        resolveAnew(exchange, stale, failure);
    }

    /** The pod could not be connected to: called by the engine, with nothing sent to the pod. */
    public void unreachable(Exchange exchange, TenantRoute stale, Failure failure) {
        resolveAnew(exchange, stale, failure);
    }

    /**
     * The pod broke off a request that may be sent again: called by the engine, with nothing sent to the client. The route
     * is looked at first, for the pod may be going away and its tenant be elsewhere; only then is it sent there again.
     */
    public void brokenOff(Exchange exchange, TenantRoute stale, Failure failure) {
        exchange.await(
                routes.refresh(stale.tenant()),
                RESOLVE_BOUND,
                FailureKind.DIRECTORY_UNAVAILABLE,
                lookup -> {
                    if (isStill(lookup, stale)) {
                        exchange.forwardAgain(stale, failure);
                    } else {
                        resolved(exchange, lookup);
                    }
                },
                unavailable -> exchange.forwardAgain(stale, failure));
    }

    /**
     * The pod answers, but so badly that it is left alone: called by the engine, with nothing sent to the client. Only a
     * wake may give the tenant to another pod, under a new epoch: it is told, and finds out what has become of this one.
     *
     * @param news whether this is the first that the tenant has to do with it
     */
    public void ejected(Exchange exchange, TenantRoute route, Failure failure, boolean news) {
        if (news) {
            cold.wakeInBackground(route);
        }
        exchange.fail(failure);
    }

    /**
     * The time that the request has is over: called by the engine, whatever it waits for.
     *
     * @param held whether that is the tenant's pod
     */
    public void deadlinePassed(Exchange exchange, boolean held) {
        Tier tier = exchange.timeline().tier;
        if (held && tier != null && !exchange.isGrpc()) {
            exchange.fail(
                    Failure.of(FailureKind.HOLD_TIMEOUT, "the tenant's pod was not there within the request's time")
                            .withRetryAfter(cold.expected(tier)));
        } else {
            exchange.fail(Failure.of(FailureKind.REQUEST_DEADLINE_EXCEEDED, "the request's deadline has passed"));
        }
    }

    private static boolean isStill(RouteLookup lookup, TenantRoute stale) {
        return lookup instanceof RouteLookup.Known(TenantRoute route)
                && route.epoch() == stale.epoch()
                && Objects.equals(route.placement(), stale.placement())
                && route.residency() == stale.residency()
                && route.status() == stale.status();
    }

    /** Where the tenant is from now on, for what is open for long; starts with what is known now. */
    public Flux<TenantRoute> placements(TenantId tenant) {
        return routes.watch(tenant)
                .flatMapIterable(lookup -> lookup instanceof RouteLookup.Known(TenantRoute route)
                        ? List.of(route)
                        : List.<TenantRoute>of());
    }

    private void resolveAnew(Exchange exchange, TenantRoute stale, Failure failure) {
        if (exchange.attempts() >= ATTEMPTS_MAX || !exchange.isReplayable()) {
            exchange.fail(asTold(decision(exchange, stale), failure));
            return;
        }
        PlacementDecision decision = decision(exchange, stale);
        if (!(decision instanceof PlacementDecision.Assigned)) {
            sendOnceMore(exchange, stale, decision, failure);
            return;
        }
        exchange.await(
                routes.refresh(stale.tenant()),
                RESOLVE_BOUND,
                FailureKind.DIRECTORY_UNAVAILABLE,
                lookup -> {
                    if (isStill(lookup, stale)) {
                        if (isAnotherMistake(failure)) {
                            exchange.fail(failure);
                            return;
                        }
                        // Nothing has changed but the pod: it restarted without its tenants, or is dead.
                        hold(exchange, stale, exchange::fail);
                    } else {
                        resolved(exchange, lookup);
                    }
                },
                unavailable -> exchange.fail(failure));
    }

    /** Who has not been reached may be by another connection; who refuses a tenant that nobody assigned to it stays so. */
    private void sendOnceMore(Exchange exchange, TenantRoute route, PlacementDecision decision, Failure failure) {
        if (failure.kind() == FailureKind.POD_CONNECT_REFUSED || failure.kind() == FailureKind.POD_CONNECT_TIMEOUT) {
            carryOut(exchange, route, decision);
        } else {
            exchange.fail(asTold(decision, failure));
        }
    }

    /** It was no pod that could not be reached, where the request was for another region's gateway. */
    private static Failure asTold(PlacementDecision decision, Failure failure) {
        return switch (decision) {
            case PlacementDecision.Elsewhere(PeerGateway peer, String _) ->
                Failure.of(FailureKind.REGION_UNAVAILABLE, "the tenant's region cannot be reached from here")
                        .withRetryAfter(RETRY_AFTER_MOVE)
                        .withOperatorDetail(peer + ": " + failure.clientDetail() + ", " + failure.operatorDetail());
            case PlacementDecision.Assigned _, PlacementDecision.Direct _, PlacementDecision.Refused _ -> failure;
        };
    }

    /** Whether it is not the tenant that the pod lacks, so that waking would not help. */
    private static boolean isAnotherMistake(Failure failure) {
        return failure.kind() == FailureKind.POD_TLS_FAILED || failure.kind() == FailureKind.POD_RESPONSE_INVALID;
    }

    /**
     * The request goes on for long: called by the engine now and then. Ends it, cutting off an answer that has begun, once
     * its token is no longer accepted or its tenant is not active.
     */
    public void stillUnderWay(Exchange exchange) {
        VerifiedToken token = exchange.timeline().token;
        if (token == null) {
            return;
        }
        if (!tokens.accepts(token)) {
            exchange.fail(
                    System.currentTimeMillis() >= token.expiresAtMillis()
                            ? Failure.of(FailureKind.TOKEN_EXPIRED, "the token has expired meanwhile")
                            : Failure.of(FailureKind.TOKEN_REVOKED, "the token was revoked meanwhile"));
        } else if (routes.cached(token.tenant()) instanceof RouteLookup.Known(TenantRoute route)) {
            switch (route.status()) {
                case SUSPENDED ->
                    exchange.fail(Failure.of(FailureKind.TENANT_SUSPENDED, "the tenant's account was suspended"));
                case DELETED -> exchange.fail(Failure.of(FailureKind.TENANT_DELETED, "the tenant was deleted"));
                case ACTIVE -> observer.goesOn(exchange.timeline());
            }
        }
    }

    // Record: once for each request, when all is over.
    public void over(Exchange exchange) {
        try {
            observer.completed(exchange.timeline());
        } catch (RuntimeException failed) {
            LOG.error("the observer of requests failed", failed);
        }
    }
}
