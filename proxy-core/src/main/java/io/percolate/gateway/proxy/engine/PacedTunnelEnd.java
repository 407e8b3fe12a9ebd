package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.percolate.gateway.proxy.engine.websocket.TunnelEnd;

/** The end of a tunnel that is paused for its tenant's bandwidth, too: it goes on only when neither asks for a pause. */
final class PacedTunnelEnd implements TunnelEnd {
    private final TunnelEnd end;
    private boolean paused;
    private boolean paced;
    private boolean over;

    PacedTunnelEnd(TunnelEnd end) {
        this.end = end;
    }

    /** Begins, or ends, a pause for the bandwidth. */
    void pace(boolean pause) {
        paced = pause;
        if (over) {
            return;
        }
        if (pause) {
            end.pauseRead();
        } else if (!paused) {
            end.resumeRead();
        }
    }

    @Override
    public void write(ByteBuf bytes) {
        end.write(bytes);
    }

    @Override
    public void flush() {
        end.flush();
    }

    @Override
    public boolean isWritable() {
        return end.isWritable();
    }

    @Override
    public long pendingBytes() {
        return end.pendingBytes();
    }

    @Override
    public void pauseRead() {
        paused = true;
        end.pauseRead();
    }

    @Override
    public void resumeRead() {
        paused = false;
        if (!paced) {
            end.resumeRead();
        }
    }

    @Override
    public void end() {
        over = true;
        end.end();
    }

    @Override
    public void abort() {
        over = true;
        end.abort();
    }
}
