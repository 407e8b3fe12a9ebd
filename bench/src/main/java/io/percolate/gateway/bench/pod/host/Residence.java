package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.OnDisk;
import io.percolate.gateway.bench.pod.store.TenantData;
import org.jspecify.annotations.Nullable;

/** Where a tenant is on this pod. */
sealed interface Residence {
    /** The last epoch under which the pod has seen the tenant; 0 if it never has. */
    long epoch();

    /** Neither in memory nor on disk; {@code location} is where its data went from here. */
    record Absent(long epoch, @Nullable String location) implements Residence {}

    record Warm(long epoch) implements Residence {}

    record Loading(long epoch) implements Residence {}

    record Hot(long epoch, TenantData data) implements Residence {}

    record Evicting(long epoch) implements Residence {}

    /** The last load failed; the disk is as it was before. */
    record Failed(long epoch, String error, OnDisk disk) implements Residence {}

    static Residence of(OnDisk disk) {
        return disk.hasData() ? new Warm(disk.epoch()) : new Absent(disk.epoch(), disk.location());
    }

    /** As the contract spells it. */
    default String label() {
        return switch (this) {
            case Absent _ -> "absent";
            case Warm _ -> "warm";
            case Loading _ -> "loading";
            // Still in memory; a probe that asks for more sees that it is busy.
            case Hot _, Evicting _ -> "hot";
            case Failed _ -> "failed";
        };
    }
}
