package io.percolate.gateway.proxy.engine.websocket;

import io.netty.buffer.ByteBuf;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket between a client and a pod, after its handshake: bytes pass as they are in both directions, each pausing its
 * source while its sink is full, and frames are followed so that a broken one ends it and a Close of the gateway's own can
 * be put between two.
 *
 * <p>It knows nothing of how the two ends are carried. All calls are on one event loop.
 */
public final class WebSocketTunnel {
    /** Who sent something. */
    public enum Side {
        CLIENT,
        POD
    }

    /** What is around a tunnel. */
    public interface Surroundings {
        /** Has {@link WebSocketTunnel#expired} called at that time, and not at one asked for earlier. */
        void wakeAt(long nanos);

        /** Bytes of frames have passed. */
        void passed(Side from, int bytes);

        /** It is over; both ends have been ended. The last call. */
        void over(WebSocketEnd how, int closeCode);
    }

    /** How long a Close of our own may wait for the end of a frame that is under way. */
    static final long BOUNDARY_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    private static final long NEVER = Long.MAX_VALUE;

    private final WebSocketConfig config;
    private final Surroundings surroundings;
    private final TunnelPeer client;
    private final TunnelPeer pod;
    private final long stallNanos;
    private final long bornNanos;
    private long drainNanos = NEVER;
    private long pingNanos;
    private long boundaryNanos;
    private long closeNanos;
    private long wakeNanos = NEVER;
    private boolean over;
    private @Nullable WebSocketEnd how;
    private int closeCode;

    /**
     * A tunnel through which nothing has come yet.
     *
     * @param stallNanos how long a side may take nothing of what waits for it
     */
    public WebSocketTunnel(
            WebSocketConfig config,
            Handshake.Agreement agreement,
            TunnelEnd client,
            TunnelEnd pod,
            Surroundings surroundings,
            long stallNanos,
            long seed,
            long nowNanos) {
        SplittableRandom random = new SplittableRandom(seed);
        this.config = config;
        this.surroundings = surroundings;
        this.client = new TunnelPeer(this, client, true, agreement.rsvBits(), config, random, nowNanos);
        this.pod = new TunnelPeer(this, pod, false, agreement.rsvBits(), config, random, nowNanos);
        this.client.faces(this.pod);
        this.pod.faces(this.client);
        this.stallNanos = stallNanos;
        this.bornNanos = nowNanos;
        this.pingNanos = nowNanos + config.pingInterval().toNanos();
        rest(nowNanos);
    }

    public long bytesFromClient() {
        return client.bytes();
    }

    public long bytesFromPod() {
        return pod.bytes();
    }

    public boolean isOver() {
        return over;
    }

    /** Takes bytes that have come from a side. */
    public void received(Side from, ByteBuf bytes) {
        if (over) {
            bytes.release();
            return;
        }
        TunnelPeer source = peer(from);
        source.received(bytes, System.nanoTime());
        if (!over && source.droppedBytes() > config.messageBytesMax() && !source.isGone()) {
            // It was told to stop, and does not.
            source.end().abort();
            source.goes();
        }
        settle();
        TunnelPeer sink = opposite(from);
        // What is dropped for a sink that has its Close must still be read, for the source's Close is behind it.
        if (!over && !sink.isGone() && !sink.isCloseSent() && !sink.end().isWritable()) {
            source.end().pauseRead();
            wakeBy(System.nanoTime() + stallNanos);
        }
    }

    /** The read that brought bytes from a side is over. */
    public void readComplete(Side from) {
        if (!over && !opposite(from).isGone()) {
            opposite(from).end().flush();
        }
    }

    public void writabilityChanged(Side of) {
        if (!over
                && !peer(of).isGone()
                && !opposite(of).isGone()
                && peer(of).end().isWritable()) {
            opposite(of).end().resumeRead();
        }
    }

    /** A side sends nothing more, though it may still read: after its Close it has that of the opposite to wait for. */
    public void inputEnded(Side side) {
        if (!over && !peer(side).isCloseReceived()) {
            ended(side);
        }
    }

    /** A side has ended its connection. */
    public void ended(Side side) {
        if (over) {
            return;
        }
        peer(side).goes();
        switch (side) {
            case CLIENT -> {
                note(WebSocketEnd.CLIENT_GONE, WebSocketEnd.CLIENT_GONE.code());
                finish();
            }
            case POD -> podEnded();
        }
    }

    /** The client is told what it can be told, and has some time to answer. */
    private void podEnded() {
        note(WebSocketEnd.POD_GONE, WebSocketEnd.POD_GONE.code());
        if (!client.isCloseSent() && !client.isBetweenFrames()) {
            client.end().abort();
            client.goes();
        } else {
            client.close(
                    client.isCloseReceived()
                            ? ControlFrame.close(closeCode == ControlFrame.NO_CODE ? 1000 : closeCode, "")
                            : ControlFrame.close(
                                    WebSocketEnd.POD_GONE.code(), "the tenant's pod ended the connection"));
            closing();
        }
        settle();
    }

    /**
     * Closes it for a reason of the gateway's own; nothing happens where it is being closed already.
     *
     * @param text for both sides, in ASCII
     */
    public void close(WebSocketEnd why, String text) {
        if (over || how != null) {
            return;
        }
        note(why, why.code());
        closeBoth(ControlFrame.close(why.code(), text));
    }

    /** Closes it because the gateway goes out of service, at that time. */
    public void drainAt(long nanos) {
        drainNanos = nanos;
        wakeBy(nanos);
    }

    /** The time has come that was asked for by {@link Surroundings#wakeAt}. */
    public void expired(long nowNanos) {
        wakeNanos = NEVER;
        if (over) {
            return;
        }
        if (how != null) {
            late(nowNanos);
        } else if (nowNanos - drainNanos >= 0 && drainNanos != NEVER) {
            close(WebSocketEnd.DRAIN, "the gateway goes out of service");
        } else if (hasLifetime() && nowNanos - lifetimeNanos() >= 0) {
            close(WebSocketEnd.LIFETIME, "the connection was open for as long as one may be");
        } else if (nowNanos - idleNanos() >= 0) {
            close(WebSocketEnd.IDLE, "no frame came for too long");
        } else {
            look(nowNanos);
        }
        rest(nowNanos);
    }

    private void look(long nowNanos) {
        if (client.isStalled(nowNanos, stallNanos)) {
            lose(client, WebSocketEnd.CLIENT_NOT_READING);
        } else if (pod.isStalled(nowNanos, stallNanos)) {
            lose(pod, WebSocketEnd.POD_NOT_READING);
        } else if (hasPings() && nowNanos - pingNanos >= 0) {
            pingNanos = nowNanos + config.pingInterval().toNanos();
            if (client.isDeaf()) {
                lose(client, WebSocketEnd.CLIENT_GONE);
            } else if (pod.isDeaf()) {
                lose(pod, WebSocketEnd.POD_GONE);
            } else {
                client.ping(nowNanos);
                pod.ping(nowNanos);
            }
        }
    }

    private void lose(TunnelPeer peer, WebSocketEnd why) {
        note(why, why.code());
        peer.end().abort();
        ended(peer.isClient() ? Side.CLIENT : Side.POD);
    }

    /** A side does not end what is under way, or does not answer a Close. */
    private void late(long nowNanos) {
        if (nowNanos - boundaryNanos >= 0) {
            breakOffPending(client);
            breakOffPending(pod);
        }
        if (nowNanos - closeNanos >= 0) {
            finish();
        } else {
            settle();
        }
    }

    private static void breakOffPending(TunnelPeer peer) {
        if (peer.isClosePending() && !peer.isGone()) {
            peer.end().abort();
            peer.goes();
        }
    }

    /** One side has sent a Close frame, which the other has got. */
    void closed(WebSocketEnd by, ControlFrame close) {
        note(by, close.code());
        closing();
    }

    void violated(WebSocketEnd by, Violation violation) {
        note(by, violation.code());
        closeBoth(ControlFrame.close(violation.code(), violation.rule()));
    }

    void passed(boolean fromClient, int bytes) {
        surroundings.passed(fromClient ? Side.CLIENT : Side.POD, bytes);
    }

    private void closeBoth(ControlFrame close) {
        client.close(close);
        pod.close(close);
        closing();
        settle();
    }

    /** The first that happens is how it ends. */
    private void note(WebSocketEnd why, int code) {
        if (how == null) {
            how = why;
            closeCode = code;
        }
    }

    private void closing() {
        long nowNanos = System.nanoTime();
        if (closeNanos == 0) {
            closeNanos = nowNanos + config.closeTimeout().toNanos();
            boundaryNanos = nowNanos
                    + Math.min(BOUNDARY_WAIT_NANOS, config.closeTimeout().toNanos());
        }
        // What was paused must be read on, up to its Close.
        if (!client.isGone()) {
            client.end().resumeRead();
        }
        if (!pod.isGone()) {
            pod.end().resumeRead();
        }
        rest(nowNanos);
    }

    private void settle() {
        if (!over && client.isDone() && (client.isGone() || pod.isDone())) {
            finish();
        }
    }

    private void finish() {
        over = true;
        if (!client.isGone()) {
            client.end().end();
        }
        if (!pod.isGone()) {
            pod.end().end();
        }
        surroundings.over(how == null ? WebSocketEnd.INTERNAL : how, closeCode);
    }

    /** Sleeps until the first thing that can matter from here. */
    private void rest(long nowNanos) {
        if (over) {
            return;
        }
        if (how != null) {
            boolean pending = client.isClosePending() || pod.isClosePending();
            wakeBy(pending && boundaryNanos - nowNanos > 0 ? boundaryNanos : closeNanos);
            return;
        }
        wakeBy(idleNanos());
        wakeBy(client.lookNanos(nowNanos, stallNanos));
        wakeBy(pod.lookNanos(nowNanos, stallNanos));
        if (drainNanos != NEVER) {
            wakeBy(drainNanos);
        }
        if (hasPings()) {
            wakeBy(pingNanos);
        }
        if (hasLifetime()) {
            wakeBy(lifetimeNanos());
        }
    }

    private void wakeBy(long nanos) {
        if (!over && (wakeNanos == NEVER || nanos - wakeNanos < 0)) {
            wakeNanos = nanos;
            surroundings.wakeAt(nanos);
        }
    }

    private boolean hasPings() {
        return !config.pingInterval().isZero();
    }

    private boolean hasLifetime() {
        return !config.lifetimeMax().isZero();
    }

    private long lifetimeNanos() {
        return bornNanos + config.lifetimeMax().toNanos();
    }

    private long idleNanos() {
        return Math.max(client.heardNanos(), pod.heardNanos())
                + config.idleTimeout().toNanos();
    }

    private TunnelPeer peer(Side side) {
        return side == Side.CLIENT ? client : pod;
    }

    private TunnelPeer opposite(Side side) {
        return side == Side.CLIENT ? pod : client;
    }
}
