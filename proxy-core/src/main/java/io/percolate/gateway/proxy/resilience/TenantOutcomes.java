package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Arrays;

/**
 * Requests and failures at one pod, by a few groups of its tenants, so that a busy tenant's failures count no more than
 * a quiet one's. Not safe for use by several threads.
 */
final class TenantOutcomes {
    private static final int GROUPS = 16;
    private static final int GROUP_SHIFT = Integer.SIZE - 4;
    /** Of 2^32, by the golden section: ids that are alike fall into different groups. */
    private static final int SPREAD = 0x9e3779b9;

    private final int[] requests = new int[GROUPS];
    private final int[] failures = new int[GROUPS];

    void add(TenantId tenant, boolean failed) {
        int group = group(tenant);
        requests[group]++;
        if (failed) {
            failures[group]++;
        }
    }

    /** A request that was counted as it began to be answered has failed after all. */
    void turnOut(TenantId tenant) {
        failures[group(tenant)]++;
    }

    private static int group(TenantId tenant) {
        return (tenant.hashCode() * SPREAD) >>> GROUP_SHIFT;
    }

    /** Takes all that another one has, which is empty then. */
    void takeFrom(TenantOutcomes other) {
        for (int i = 0; i < GROUPS; i++) {
            requests[i] += other.requests[i];
            failures[i] += other.failures[i];
        }
        other.clear();
    }

    int requests() {
        int sum = 0;
        for (int count : requests) {
            sum += count;
        }
        return sum;
    }

    /**
     * The mean of the groups' success rates, without the worst so many of them; 1 where no others are left.
     *
     * @param spared groups whose trouble may be their own
     */
    double successRate(int spared) {
        double[] rates = new double[GROUPS];
        int groups = 0;
        for (int i = 0; i < GROUPS; i++) {
            if (requests[i] > 0) {
                // What failed after all may have been counted in the window before.
                rates[groups++] = Math.max(0, 1 - (double) failures[i] / requests[i]);
            }
        }
        Arrays.sort(rates, 0, groups);
        return Arrays.stream(rates, Math.min(spared, groups), groups).average().orElse(1);
    }

    void clear() {
        Arrays.fill(requests, 0);
        Arrays.fill(failures, 0);
    }
}
