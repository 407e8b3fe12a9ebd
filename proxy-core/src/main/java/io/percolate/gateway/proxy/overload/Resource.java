package io.percolate.gateway.proxy.overload;

/** What a process can run out of. */
public enum Resource {
    /** Processor time, as a share of what the process may use (by its control group, where there is one). */
    CPU,
    /** How late event loops come to what waits for them, in seconds. */
    LOOP_LAG,
    /** Memory of buffers, as a share of the most that there may be. */
    DIRECT_MEMORY,
    /** What collections leave of the heap, as a share of the most that there may be. */
    HEAP
}
