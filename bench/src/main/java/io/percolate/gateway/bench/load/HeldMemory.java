package io.percolate.gateway.bench.load;

/**
 * What a Java VM holds.
 *
 * @param liveBytes objects of its heap that are in use
 * @param outsideBytes resident outside of its heap: direct buffers, and the VM's own
 */
public record HeldMemory(long liveBytes, long outsideBytes) {
    /** After a collection, which the VM makes for it. */
    public static HeldMemory of(long pid) {
        return JavaHeap.held(pid);
    }

    public long bytes() {
        return liveBytes + outsideBytes;
    }
}
