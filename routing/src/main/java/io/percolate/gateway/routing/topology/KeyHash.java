package io.percolate.gateway.routing.topology;

import io.percolate.gateway.routing.tenant.TenantId;

/** The hashes by which tenants and keys find their places: the same in every process, and never changed. */
public final class KeyHash {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;
    private static final double UNIT_53_BITS = 0x1.0p-53;

    private KeyHash() {}

    /** Of a tenant's own key: it has a place of its own, whatever its requests name. */
    public static long of(TenantId tenant) {
        return mix(mix(tenant.highBits()) ^ tenant.lowBits());
    }

    /** Of a key of this tenant's; the same key of another tenant is another one. */
    public static long of(TenantId tenant, String key) {
        return mix(of(tenant) ^ mix(text(key)));
    }

    /** FNV-1a over UTF-16 units; to be mixed before use. */
    public static long text(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * FNV_PRIME;
        }
        return hash;
    }

    /** Finalizer of SplitMix64 (Steele, Lea, Flood 2014): each input bit flips each output bit half of the time. */
    public static long mix(long value) {
        long mixed = value + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }

    /** Strictly between 0 and 1, so that its logarithm is finite and not zero. */
    public static double unit(long hash) {
        return ((hash >>> 11) + 0.5) * UNIT_53_BITS;
    }

    /** Score of weighted rendezvous hashing, {@code -weight / ln(u)}; a weight of zero scores zero. */
    public static double score(long hash, double weight) {
        return -weight / Math.log(unit(hash));
    }
}
