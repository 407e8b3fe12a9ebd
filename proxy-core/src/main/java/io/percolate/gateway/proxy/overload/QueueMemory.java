package io.percolate.gateway.proxy.overload;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that requests may take while they wait for their turn; of all queues of the process together. */
public final class QueueMemory {
    /** Its state here, and its head. */
    private static final long HEAD_BYTES = 4 << 10;
    /** Reading stops with the first part of a body that has to wait: one read of the socket. */
    private static final long BODY_BYTES_MAX = 64 << 10;

    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();

    public QueueMemory(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * What a request takes while it waits, at most.
     *
     * @param contentLength -1 when its body's length is not known
     */
    public static int bytes(long contentLength) {
        return (int) (HEAD_BYTES + (contentLength < 0 ? BODY_BYTES_MAX : Math.min(contentLength, BODY_BYTES_MAX)));
    }

    /** Takes this much, which has to be given back; false when there is not as much left. */
    public boolean tryTake(int bytes) {
        if (taken.addAndGet(bytes) <= bytesMax) {
            return true;
        }
        taken.addAndGet(-bytes);
        return false;
    }

    public void giveBack(int bytes) {
        taken.addAndGet(-bytes);
    }

    public long taken() {
        return taken.get();
    }
}
