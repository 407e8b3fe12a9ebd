package io.percolate.gateway.admin.scaling;

import io.r2dbc.spi.Readable;
import java.util.Objects;

/**
 * What a tier's tenants need of pods, and have.
 *
 * @param living pods of the workload that take tenants
 * @param registered all pods of the tier that do, known as the workload's or not
 * @param free places in all living pods of the tier
 * @param evictable tenants whose places the life cycle may take for others
 * @param waiting wakes without a place
 * @param claims wakes under way, with or without a place
 * @param hot tenants in memory, or about to leave or enter it
 * @param warm tenants on disk
 */
record Demand(int living, int registered, int free, int evictable, int waiting, int claims, int hot, int warm) {
    static Demand of(Readable row) {
        return new Demand(
                integer(row, "living"),
                integer(row, "registered"),
                integer(row, "free"),
                integer(row, "evictable"),
                integer(row, "waiting"),
                integer(row, "claims"),
                integer(row, "hot"),
                integer(row, "warm"));
    }

    /** Without a watch nobody marks pods as the workload's: the table is what counts then. */
    Demand counted(boolean watched) {
        return watched ? this : new Demand(registered, registered, free, evictable, waiting, claims, hot, warm);
    }

    /** Wakes that the places there are do not do for. */
    int unmet() {
        return Math.max(0, waiting - free);
    }

    boolean isIdle() {
        return hot == 0 && claims == 0;
    }

    private static int integer(Readable row, String column) {
        return Objects.requireNonNull(row.get(column, Integer.class), column);
    }
}
