package io.percolate.gateway.proxy.resilience;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that requests' bodies may take while they could still be sent again; of all event loops together. */
public final class ReplayMemory {
    private final long bytesMax;
    private final AtomicLong taken = new AtomicLong();

    public ReplayMemory(long bytesMax) {
        this.bytesMax = bytesMax;
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
