package io.percolate.gateway.proxy.engine.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.percolate.gateway.proxy.record.WebSocketEnd;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** One of the two sides of a tunnel: what came from it, what was said to it, and how far its closing handshake is. */
final class TunnelPeer implements FrameWalker.Listener {
    private final WebSocketTunnel tunnel;
    private final TunnelEnd end;
    private final boolean client;
    private final SplittableRandom random;
    private final FrameWalker walker;
    private @Nullable TunnelPeer opposite;

    private long bytes;
    private long droppedBytes;
    private boolean closeSent;
    private boolean closeReceived;
    /** It has broken the protocol, so that no Close of it can be waited for. */
    private boolean broken;

    private boolean gone;
    /** A Close that waits for the end of the frame that is on its way to this side. */
    private @Nullable ControlFrame pendingClose;

    private long heardNanos;
    private long pingNumber;
    private long pingNanos;
    private boolean pingOpen;
    /** The opposite's ping was passed on and not answered yet: one of ours might be answered in its place. */
    private boolean foreignPingOpen;

    /** What it had taken when we last looked, and since when that is so. */
    private long takenBytes;

    private long takenNanos;
    private boolean behind;

    TunnelPeer(
            WebSocketTunnel tunnel,
            TunnelEnd end,
            boolean client,
            RsvBits rsvBits,
            WebSocketConfig config,
            SplittableRandom random,
            long nowNanos) {
        this.tunnel = tunnel;
        this.end = end;
        this.client = client;
        this.random = random;
        this.walker = new FrameWalker(client, rsvBits, config.frameBytesMax(), config.messageBytesMax(), this);
        this.heardNanos = nowNanos;
        this.takenNanos = nowNanos;
    }

    void faces(TunnelPeer other) {
        opposite = other;
    }

    TunnelEnd end() {
        return end;
    }

    /** Bytes of its frames that have passed. */
    long bytes() {
        return bytes;
    }

    /** Bytes of it that nobody could take any more, since the other side was being closed. */
    long droppedBytes() {
        return droppedBytes;
    }

    long heardNanos() {
        return heardNanos;
    }

    boolean isClient() {
        return client;
    }

    boolean isGone() {
        return gone;
    }

    void goes() {
        gone = true;
    }

    boolean isCloseSent() {
        return closeSent;
    }

    boolean isCloseReceived() {
        return closeReceived;
    }

    /** Whether a Close waits for the end of a frame. */
    boolean isClosePending() {
        return pendingClose != null;
    }

    /** Whether nothing more is to come from it, nor to be said to it. */
    boolean isDone() {
        return gone || (closeSent && (closeReceived || broken));
    }

    /** Whether a frame of our own could be put in front of what comes for it next. */
    boolean isBetweenFrames() {
        return opposite().walker.isAtBoundary();
    }

    /** Takes bytes that have come from it. */
    void received(ByteBuf in, long nowNanos) {
        heardNanos = nowNanos;
        walker.walk(in);
    }

    /** Says Close to it, now or when the frame on its way to it has ended; not at all where that was said already. */
    void close(ControlFrame close) {
        if (closeSent || gone || pendingClose != null) {
            return;
        }
        if (isBetweenFrames()) {
            sendClose(close);
        } else {
            pendingClose = close;
            opposite().walker.announceBoundary();
        }
    }

    private void sendClose(ControlFrame close) {
        pendingClose = null;
        closeSent = true;
        send(close);
    }

    /** Pings it, unless that cannot be done or could cost the opposite its answer. */
    void ping(long nowNanos) {
        if (!gone && !closeSent && !foreignPingOpen && isBetweenFrames() && end.isWritable()) {
            pingNumber = random.nextLong();
            pingNanos = nowNanos;
            pingOpen = true;
            send(ControlFrame.ping(pingNumber));
        }
    }

    /** Whether it has sent nothing at all since it was pinged. */
    boolean isDeaf() {
        return pingOpen && heardNanos - pingNanos < 0;
    }

    /** Looks whether it has taken nothing of what waits for it, for this long. */
    boolean isStalled(long nowNanos, long boundNanos) {
        long pending = gone ? 0 : end.pendingBytes();
        long taken = opposite().bytes - pending;
        behind = pending > 0;
        if (!behind || taken != takenBytes) {
            takenBytes = taken;
            takenNanos = nowNanos;
        }
        return nowNanos - takenNanos >= boundNanos;
    }

    /** When it is to be looked at next. */
    long lookNanos(long nowNanos, long boundNanos) {
        return (behind ? takenNanos : nowNanos) + boundNanos;
    }

    private void send(ControlFrame frame) {
        end.write(frame.toBuffer(UnpooledByteBufAllocator.DEFAULT, client ? null : random.nextInt()));
        end.flush();
    }

    @Override
    public void passes(ByteBuf part) {
        TunnelPeer to = opposite();
        if (to.closeSent || to.gone) {
            droppedBytes += part.readableBytes();
            part.release();
            return;
        }
        int length = part.readableBytes();
        bytes += length;
        tunnel.passed(client, length);
        to.end.write(part);
    }

    @Override
    public void control(ControlFrame frame, ByteBuf wire) {
        switch (frame.opcode()) {
            case PING -> {
                opposite().foreignPingOpen = true;
                passes(wire);
            }
            case PONG -> {
                if (pingOpen && frame.echoes(pingNumber)) {
                    pingOpen = false;
                    wire.release();
                } else {
                    foreignPingOpen = false;
                    passes(wire);
                }
            }
            case CLOSE -> {
                closeReceived = true;
                passes(wire);
                opposite().closeSent = true;
                tunnel.closed(client ? WebSocketEnd.CLIENT_CLOSED : WebSocketEnd.POD_CLOSED, frame);
            }
            case CONTINUATION, TEXT, BINARY -> throw new IllegalStateException("no control frame: " + frame.opcode());
        }
    }

    @Override
    public void boundary() {
        TunnelPeer to = opposite();
        ControlFrame close = to.pendingClose;
        if (close != null && !to.gone) {
            to.sendClose(close);
        }
    }

    @Override
    public void violated(Violation violation) {
        broken = true;
        tunnel.violated(client ? WebSocketEnd.CLIENT_VIOLATION : WebSocketEnd.POD_VIOLATION, violation);
    }

    private TunnelPeer opposite() {
        return Objects.requireNonNull(opposite);
    }
}
