package io.percolate.gateway.bench.load;

/**
 * What a Java VM holds.
 *
 * @param liveBytes objects of its heap that are in use
 * @param outsideBytes resident outside of its heap: direct buffers, and the VM's own
 */
public record HeldMemory(long liveBytes, long outsideBytes) {}
