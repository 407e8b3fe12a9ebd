package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.percolate.gateway.proxy.resilience.ReplayMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * The beginning of a request's body as already sent to a pod, kept for sending it once more to another.
 *
 * <p>Holds the received buffers themselves, no copies; once the body has outgrown the bounds all are let go and the
 * request cannot be replayed. Not safe for use by several threads.
 */
final class ReplayBuffer {
    static final int BYTES_MAX = 64 << 10;
    /** Small parts pin whole receive buffers, so that their number is bounded as well. */
    private static final int PARTS_MAX = 64;

    private final ReplayMemory memory;
    private final List<ByteBuf> parts = new ArrayList<>();
    private int bytes;
    private boolean overflown;

    /** @param memory what all such buffers may hold together */
    ReplayBuffer(ReplayMemory memory) {
        this.memory = memory;
    }

    /** Keeps a part; borrows it. */
    void add(ByteBuf part) {
        int length = part.readableBytes();
        if (overflown || length == 0) {
            return;
        }
        if (bytes + length > BYTES_MAX || parts.size() == PARTS_MAX || !memory.tryTake(length)) {
            release();
            overflown = true;
            return;
        }
        bytes += length;
        parts.add(part.retainedDuplicate());
    }

    boolean isWhole() {
        return !overflown;
    }

    int parts() {
        return parts.size();
    }

    /** A part to send; the caller must release it, the buffer keeps its own. */
    ByteBuf part(int index) {
        return parts.get(index).retainedDuplicate();
    }

    /** Lets all parts go; nothing can be replayed from here any more. */
    void release() {
        parts.forEach(ByteBuf::release);
        parts.clear();
        overflown |= bytes > 0;
        memory.giveBack(bytes);
        bytes = 0;
    }
}
