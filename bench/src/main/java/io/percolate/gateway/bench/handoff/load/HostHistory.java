package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which pod has acknowledged each tenant's writes, under which epoch: an epoch belongs to one pod, and once a write was
 * acknowledged under an epoch no write that begins later is acknowledged under an older one. By what clients see alone; a
 * write counts as made somewhere between its beginning and its end.
 */
public final class HostHistory {
    private final Map<TenantId, TreeMap<Long, Host>> tenants = new ConcurrentHashMap<>();

    /** What is known of one epoch. */
    private record Host(String pod, long firstEndedNanos, long lastBeganNanos) {
        Host with(long beganNanos, long endedNanos) {
            return new Host(pod, Math.min(firstEndedNanos, endedNanos), Math.max(lastBeganNanos, beganNanos));
        }
    }

    /** Adds one; says what is wrong with it. */
    public Optional<String> acknowledged(TenantId tenant, String pod, long epoch, long beganNanos, long endedNanos) {
        TreeMap<Long, Host> epochs = tenants.computeIfAbsent(tenant, _ -> new TreeMap<>());
        synchronized (epochs) {
            Host known = epochs.get(epoch);
            if (known != null && !known.pod().equals(pod)) {
                return Optional.of(tenant + " under epoch " + epoch + " in " + known.pod() + " and " + pod);
            }
            for (Map.Entry<Long, Host> newer : epochs.tailMap(epoch, false).entrySet()) {
                if (newer.getValue().firstEndedNanos() < beganNanos) {
                    return Optional.of(
                            stale(tenant, pod, epoch, newer.getValue().pod(), newer.getKey()));
                }
            }
            for (Map.Entry<Long, Host> older : epochs.headMap(epoch, false).entrySet()) {
                if (older.getValue().lastBeganNanos() > endedNanos) {
                    return Optional.of(stale(tenant, older.getValue().pod(), older.getKey(), pod, epoch));
                }
            }
            epochs.merge(
                    epoch, new Host(pod, endedNanos, beganNanos), (before, one) -> before.with(beganNanos, endedNanos));
            return Optional.empty();
        }
    }

    private static String stale(TenantId tenant, String oldPod, long oldEpoch, String newPod, long newEpoch) {
        return tenant + ": " + oldPod + " took a write under epoch " + oldEpoch + " that began after " + newPod
                + " had taken one under epoch " + newEpoch;
    }

    /** How many placements have acknowledged writes. */
    public int placements() {
        return tenants.values().stream()
                .mapToInt(epochs -> {
                    synchronized (epochs) {
                        return epochs.size();
                    }
                })
                .sum();
    }
}
