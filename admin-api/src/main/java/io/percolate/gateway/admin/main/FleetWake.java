package io.percolate.gateway.admin.main;

import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteDirectory;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.handoff.TenantMoves;
import io.percolate.gateway.warmup.pod.PodInventory;
import io.percolate.gateway.warmup.pod.TierPodClient;
import io.percolate.gateway.warmup.pod.TierPods;
import io.percolate.gateway.warmup.wake.PostgresMoves;
import io.percolate.gateway.warmup.wake.PostgresWake;
import io.percolate.gateway.warmup.wake.Wake;
import java.util.UUID;

/** The wake, with the directory by which it hears of other processes' wakes and the client by which it calls pods. */
final class FleetWake {

    private final PostgresRouteDirectory directory;
    private final TierPodClient pods;
    private final PostgresWake wake;
    private final TenantMoves moves;

    private FleetWake(PostgresRouteDirectory directory, TierPodClient pods, PostgresWake wake, TenantMoves moves) {
        this.moves = moves;
        this.directory = directory;
        this.pods = pods;
        this.wake = wake;
    }

    static FleetWake open(ManagementConfig config, ManagementDatabase database, MeterRegistry meters) {
        PostgresRouteDirectory directory = new PostgresRouteDirectory(database, config.directory(), meters);
        TierPodClient pods = new TierPodClient(config.warmup().pod());
        PostgresWake wake = PostgresWake.create(config.warmup(), database, directory, pods, meters, UUID.randomUUID());
        TenantMoves moves =
                PostgresMoves.create(config.moves(), config.warmup(), database, directory, wake, pods, meters);
        directory.start();
        return new FleetWake(directory, pods, wake, moves);
    }

    Wake wake() {
        return wake;
    }

    RouteDirectory directory() {
        return directory;
    }

    /** Moves hot tenants. */
    TenantMoves moves() {
        return moves;
    }

    /** Calls pods. */
    TierPods pods() {
        return pods;
    }

    /** Asks pods what they have. */
    PodInventory inventory() {
        return pods;
    }

    /** Who must hear of changed routes. */
    PostgresRouteDirectory routes() {
        return directory;
    }

    void close() {
        wake.close();
        directory.close();
        pods.close();
    }
}
