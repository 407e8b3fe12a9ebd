package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.websocket.Handshake;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTotals;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel;
import io.percolate.gateway.proxy.engine.websocket.WebSocketTunnel.Side;
import io.percolate.gateway.proxy.limit.TenantAllowance;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rest of an exchange whose protocol was switched: a tunnel in the surroundings of its event loop, counted, looked at
 * again like every request that goes on for long, and recorded when it is over.
 */
final class ExchangeTunnel extends LoopTimer.Deadline
        implements WebSocketTunnel.Surroundings, LongAnswers.Source, ExchangePace.Flow {
    private final HttpExchange exchange;
    private final EdgeLoop loop;
    private final RequestTimeline timeline;
    private final WebSocketTotals totals;
    private final WebSocketTunnel tunnel;
    private final PacedTunnelEnd client;
    private final PacedTunnelEnd pod;
    private final @Nullable ExchangePace pace;

    ExchangeTunnel(
            HttpExchange exchange,
            EdgeLoop loop,
            Handshake.Agreement agreement,
            TunnelEnd clientEnd,
            TunnelEnd podEnd) {
        super(loop.timer());
        this.exchange = exchange;
        this.loop = loop;
        this.timeline = exchange.timeline();
        this.totals = loop.webSockets();
        this.client = new PacedTunnelEnd(clientEnd);
        this.pod = new PacedTunnelEnd(podEnd);
        TenantAllowance allowance = exchange.allowance();
        this.pace =
                allowance == null || !allowance.hasBandwidth() ? null : new ExchangePace(loop.timer(), allowance, this);
        loop.longAnswers().add(this);
        tunnel = new WebSocketTunnel(
                loop.edge().webSocket(),
                agreement,
                client,
                pod,
                this,
                loop.edge().writeIdleTimeout().toNanos(),
                loop.randomLong(),
                System.nanoTime());
        if (loop.load().isDraining()) {
            tunnel.drainAt(System.nanoTime());
        }
    }

    WebSocketTunnel tunnel() {
        return tunnel;
    }

    /** Closes it because of what has become of the right to it. */
    void close(Failure failure) {
        if (timeline.failure == null) {
            timeline.failure = failure.kind();
        }
        tunnel.close(how(failure.kind()), failure.clientDetail());
    }

    /** Closes it with a code that has its client come again. */
    void tenantMoves() {
        tunnel.close(WebSocketEnd.MOVED, "the tenant moves to another pod");
    }

    /** Closes it at some time within this many nanoseconds. */
    void drain(long windowNanos) {
        tunnel.drainAt(System.nanoTime() + (windowNanos <= 0 ? 0 : Math.floorMod(loop.randomLong(), windowNanos)));
    }

    private static WebSocketEnd how(FailureKind kind) {
        return switch (kind) {
            case TOKEN_EXPIRED, TOKEN_REVOKED -> WebSocketEnd.TOKEN;
            case TENANT_SUSPENDED, TENANT_DELETED -> WebSocketEnd.TENANT;
            default -> WebSocketEnd.INTERNAL;
        };
    }

    @Override
    void expired(long nowNanos) {
        tunnel.expired(nowNanos);
    }

    @Override
    public void eachExchange(Consumer<HttpExchange> action) {
        action.accept(exchange);
    }

    /** A drain closes it by a frame of its own. */
    @Override
    public void closeIfIdle(long nowNanos, long idleMinNanos) {}

    @Override
    public void wakeAt(long nanos) {
        set(nanos);
    }

    @Override
    public void passed(Side from, int bytes) {
        totals.passed(from, bytes);
        ExchangePace paced = pace;
        if (paced != null) {
            switch (from) {
                case CLIENT -> paced.uploaded(bytes);
                case POD -> paced.downloaded(bytes);
            }
        }
    }

    @Override
    public void pauseUpload() {
        client.pace(true);
    }

    @Override
    public void resumeUpload() {
        client.pace(false);
    }

    @Override
    public void pauseDownload() {
        pod.pace(true);
    }

    @Override
    public void resumeDownload() {
        pod.pace(false);
    }

    @Override
    public void over(WebSocketEnd how, int closeCode) {
        cancel();
        ExchangePace paced = pace;
        if (paced != null) {
            paced.end();
        }
        loop.longAnswers().remove(this);
        totals.closed(how);
        timeline.webSocketEnd = how;
        timeline.closeCode = closeCode;
        timeline.requestBodyBytes = tunnel.bytesFromClient();
        timeline.responseBodyBytes = tunnel.bytesFromPod();
        timeline.complete = how == WebSocketEnd.CLIENT_CLOSED || how == WebSocketEnd.POD_CLOSED;
        if (timeline.failure == null) {
            switch (how) {
                case POD_GONE, POD_NOT_READING -> timeline.failure = FailureKind.POD_CLOSED;
                case POD_VIOLATION -> timeline.failure = FailureKind.POD_RESPONSE_INVALID;
                case CLIENT_VIOLATION -> timeline.failure = FailureKind.REQUEST_MALFORMED;
                case INTERNAL -> timeline.failure = FailureKind.INTERNAL;
                case CLIENT_CLOSED,
                        POD_CLOSED,
                        CLIENT_GONE,
                        CLIENT_NOT_READING,
                        IDLE,
                        LIFETIME,
                        TOKEN,
                        TENANT,
                        MOVED,
                        DRAIN -> {}
            }
        }
        exchange.tunnelOver();
    }
}
