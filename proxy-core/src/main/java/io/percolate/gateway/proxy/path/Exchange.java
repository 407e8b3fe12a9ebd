package io.percolate.gateway.proxy.path;

import io.percolate.gateway.proxy.cold.ColdAnswer;
import io.percolate.gateway.proxy.limit.LimitedRequest;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PeerSeal;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * One request under way, as the path sees it; the engine's side of it moves the bytes. All calls, in both directions,
 * are on the request's event loop.
 *
 * <p>Exactly one of {@link #forward}, {@link #answer} and {@link #fail} ends the path's part, unless the engine calls
 * the path again because a pod could not be reached or does not host the tenant.
 */
public interface Exchange extends LimitedRequest {
    RequestTimeline timeline();

    String method();

    /** In origin form: path and query. */
    String target();

    /** All values of a header field of the request. */
    List<String> headers(String name);

    /** Whether it asks for a WebSocket. */
    default boolean isUpgrade() {
        return false;
    }

    /** Whether it is a call of gRPC, whose answers have a form of their own. */
    boolean isGrpc();

    /** Whether it is one whose client speaks HTTP/2, so that messages and a status can be its answer without a pod. */
    default boolean takesMessages() {
        return false;
    }

    /** What is wrong with the request as received; null when nothing is. */
    @Nullable
    Failure malformation();

    /** Announced length of the body; 0 when there is none, -1 when it is chunked. */
    long contentLength();

    /** Fails the request once more of its body has come. */
    void limitBody(long bytesMax);

    /** Bounds the time that it may take in all to what requests of this tier may. */
    void limitTime(Tier tier);
    /** The place that it has among its tenant's requests; null before it was let in, or where tenants have no limits. */
    @Nullable
    TenantAllowance allowance();

    /** Whether it may go on though the process has as much to do as it may; true from then on. */
    boolean mayRun(Tier tier);

    /** Waits until it {@linkplain #mayRun may go on}, in turn with those of other tenants. */
    void awaitTurn(TenantRoute route, Runnable then, Consumer<Failure> otherwise);

    /** How often it was sent to a pod. */
    int attempts();

    /** Whether all that was sent of it can be sent once more. */
    boolean isReplayable();

    /**
     * Waits, with no more of the body being read. The result comes on the event loop, at once if it is there already;
     * nothing comes once the client has gone, and the source is cancelled then.
     *
     * @param bound after which it is cancelled and {@code otherwise} gets a failure of {@code lateKind}
     */
    <T> void await(
            Mono<T> source,
            Duration bound,
            FailureKind lateKind,
            Consumer<? super T> then,
            Consumer<Failure> otherwise);

    /**
     * Tells the client while it waits, now and whenever there is news, where the time goes: by {@code 103 Early Hints} with
     * {@code Server-Timing}, if it can get such. Does nothing where the wait is over already; ends with it.
     *
     * @param timing what is to be said next, ASCII; null for nothing new. Asked on the event loop
     */
    default void hintWhileHeld(Supplier<@Nullable String> timing) {}

    /**
     * Waits for the whole body, of which it makes a copy; the body itself stays to be forwarded. On the event loop, at
     * once if it is there already; nothing comes once the client has gone.
     *
     * @param otherwise gets {@code REQUEST_BODY_TOO_LARGE} where it has more than {@code bytesMax}, and {@code
     *     REQUEST_UNSUPPORTED} where the client waits to be asked for it; the request may go on in another way
     */
    void collect(int bytesMax, Consumer<ByteBuffer> then, Consumer<Failure> otherwise);

    /** Runs this when the request is over, however it ends. */
    void whenOver(Runnable action);

    /** Streams it to the pod of the route's placement, and the pod's answer back. */
    void forward(TenantRoute route);

    /** The same once more, after a pause, where the pod has broken it off; or fails as it has failed before. */
    void forwardAgain(TenantRoute route, Failure failure);
    /** Streams it to an address that its tenant is not assigned to, without an epoch, and the answer back. */
    void forward(TenantRoute route, PlacementDecision.Direct to);

    /**
     * Streams it to the gateway of another region, its token included, and the answer back.
     *
     * @param seal what tells that gateway, in {@link PeerSeal#FIELD}, that this one has passed it on
     */
    void passOn(TenantRoute route, PeerGateway to, String seal);

    void answer(ColdAnswer answer);

    void fail(Failure failure);

    /** Breaks the client's connection off, or its stream in HTTP/2, unanswered; for a failure that was asked for. */
    void drop();
}
