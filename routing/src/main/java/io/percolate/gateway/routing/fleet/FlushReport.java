package io.percolate.gateway.routing.fleet;

import java.util.List;
import java.util.UUID;

/**
 * How far a fleet-wide flush got within its time.
 *
 * @param id of the row in {@code cache_flushes}; the flush goes on for gateways that are missing here
 * @param expected gateways that were alive when it was ordered
 * @param missing those of them that have not confirmed
 * @param entries how many cache entries the others dropped
 */
public record FlushReport(long id, List<UUID> expected, List<UUID> missing, long entries) {
    public FlushReport {
        expected = List.copyOf(expected);
        missing = List.copyOf(missing);
    }

    public int confirmed() {
        return expected.size() - missing.size();
    }

    public boolean isComplete() {
        return missing.isEmpty();
    }
}
