package io.percolate.gateway.routing.replica;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * When each mark was begun, and which tenants have changed since.
 *
 * <p>A mark that could not be written is tried again under its number and keeps its first time: whether a failed attempt
 * took effect is not known, and its first time is true of each attempt. So the log stands still while the primary is
 * down, and what was known of replicas stays known. Safe for use from any thread.
 */
final class MarkLog {
    /** Marks whose times are kept. */
    static final int MARKS_MAX = 1_024;
    /** Changed tenants kept; beyond, no answer is taken that does not hold the next mark. */
    static final int CHANGES_MAX = 65_536;

    private static final long NONE = 0;

    private final long ageMaxNanos;
    private final long[] begunNanos = new long[MARKS_MAX];
    /** By tenant: the newest mark that may lack its change. */
    private final Map<TenantId, Long> lacking = new HashMap<>();

    private long begun = NONE;
    private long written = NONE;
    /** Answers need a mark at least as new. */
    private long lowest = 1;

    /**
     * @param ageMaxNanos changes older than this are forgotten, with the answers that might lack them
     */
    MarkLog(long ageMaxNanos) {
        this.ageMaxNanos = ageMaxNanos;
    }

    /** The number of the mark to write now. */
    synchronized long begin(long nowNanos) {
        if (begun == written) {
            begun++;
            begunNanos[slot(begun)] = nowNanos;
            lowest = Math.max(lowest, begun - MARKS_MAX + 1);
        }
        return begun;
    }

    synchronized void written(long mark, long nowNanos) {
        written = Math.max(written, mark);
        long oldest = lowest;
        while (oldest < written && nowNanos - begunNanos[slot(oldest)] > ageMaxNanos) {
            oldest++;
        }
        if (oldest > lowest) {
            lowest = oldest;
            lacking.values().removeIf(newestLacking -> newestLacking < lowest);
        }
    }

    /** A change that the mark being written now may lack. */
    synchronized void changed(TenantId tenant) {
        if (lacking.size() >= CHANGES_MAX && !lacking.containsKey(tenant)) {
            distrust();
        } else {
            lacking.put(tenant, begun);
        }
    }

    /** Anything may have changed. */
    synchronized void distrust() {
        lacking.clear();
        lowest = begun + 1;
    }

    /** Since when an answer with this mark lacks nothing; empty where it is older, or may lack the tenant's change. */
    synchronized OptionalLong asOf(TenantId tenant, long mark, long nowNanos, long olderThanNanos) {
        if (!isKnown(mark) || mark <= lacking.getOrDefault(tenant, NONE)) {
            return OptionalLong.empty();
        }
        long since = begunNanos[slot(mark)];
        return nowNanos - since > olderThanNanos ? OptionalLong.empty() : OptionalLong.of(since);
    }

    /** How old an answer with this mark is now; empty when that is not known. */
    synchronized OptionalLong age(long mark, long nowNanos) {
        return isKnown(mark) ? OptionalLong.of(nowNanos - begunNanos[slot(mark)]) : OptionalLong.empty();
    }

    private boolean isKnown(long mark) {
        return mark >= lowest && mark <= begun;
    }

    private static int slot(long mark) {
        return (int) (mark % MARKS_MAX);
    }
}
