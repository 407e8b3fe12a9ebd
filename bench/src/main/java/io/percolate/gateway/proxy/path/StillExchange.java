package io.percolate.gateway.proxy.path;

import io.percolate.gateway.proxy.cold.ColdAnswer;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A request that goes nowhere: it has a length and a number, and takes a bound on its body. */
final class StillExchange implements Exchange {
    private final RequestTimeline timeline = new RequestTimeline();
    private final long contentLength;
    private long bodyBytesMax;

    StillExchange(long contentLength) {
        this.contentLength = contentLength;
    }

    long bodyBytesMax() {
        return bodyBytesMax;
    }

    @Override
    public RequestTimeline timeline() {
        return timeline;
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String target() {
        return "/";
    }

    @Override
    public List<String> headers(String name) {
        return List.of();
    }

    @Override
    public boolean isGrpc() {
        return false;
    }

    @Override
    public @Nullable Failure malformation() {
        return null;
    }

    @Override
    public long contentLength() {
        return contentLength;
    }

    @Override
    public void limitBody(long bytesMax) {
        bodyBytesMax = bytesMax;
    }

    @Override
    public void admitted(TenantAllowance allowance) {
        throw new IllegalStateException("no tenant has limits here");
    }

    @Override
    public @Nullable TenantAllowance allowance() {
        return null;
    }

    @Override
    public void limitTime(Tier tier) {
        throw new IllegalStateException("admission bounds no time");
    }

    @Override
    public boolean mayRun(Tier tier) {
        return true;
    }

    @Override
    public void awaitTurn(TenantRoute route, Runnable then, Consumer<Failure> otherwise) {
        throw new IllegalStateException("admission waits for nothing");
    }

    @Override
    public int attempts() {
        return 0;
    }

    @Override
    public boolean isReplayable() {
        return true;
    }

    @Override
    public <T> void await(
            Mono<T> source,
            Duration bound,
            FailureKind lateKind,
            Consumer<? super T> then,
            Consumer<Failure> otherwise) {
        throw new IllegalStateException("admission waits for nothing");
    }

    @Override
    public void collect(int bytesMax, Consumer<ByteBuffer> then, Consumer<Failure> otherwise) {
        throw new IllegalStateException("admission reads no body");
    }

    @Override
    public void whenOver(Runnable action) {
        throw new IllegalStateException("admission ends nothing");
    }

    @Override
    public void forward(TenantRoute route) {
        throw new IllegalStateException("admission forwards nothing");
    }

    @Override
    public void forwardAgain(TenantRoute route, Failure failure) {
        throw new IllegalStateException("admission forwards nothing");
    }

    @Override
    public void forward(TenantRoute route, PlacementDecision.Direct to) {
        throw new IllegalStateException("admission forwards nothing");
    }

    @Override
    public void passOn(TenantRoute route, PeerGateway to, String seal) {
        throw new IllegalStateException("admission passes nothing on");
    }

    @Override
    public void answer(ColdAnswer answer) {
        throw new IllegalStateException("admission answers nothing");
    }

    @Override
    public void drop() {
        throw new IllegalStateException("admission drops nothing");
    }

    @Override
    public void fail(Failure failure) {
        throw new IllegalStateException("admission only says why", failure.toException());
    }
}
