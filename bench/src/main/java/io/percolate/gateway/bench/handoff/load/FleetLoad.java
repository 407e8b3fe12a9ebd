package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** The clients of all tenants of a fleet, until they are told to end. */
public final class FleetLoad {
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<TenantLoad> loads;
    private final List<Thread> threads;

    private FleetLoad(Fleet fleet, Disturbances disturbances, Tally tally, double pace) {
        this.loads = IntStream.range(0, fleet.tenants().size())
                .mapToObj(i -> new TenantLoad(fleet, disturbances, tally, i, pace, over::get))
                .toList();
        this.threads = loads.stream().flatMap(load -> load.start().stream()).toList();
    }

    /**
     * Begins.
     *
     * @param pace times the usual number of requests a second
     */
    public static FleetLoad start(Fleet fleet, Disturbances disturbances, Tally tally, double pace) {
        return new FleetLoad(fleet, disturbances, tally, pace);
    }

    /** Blocks until every request under way has ended, then reads all that tenants have once more. */
    public void endAndJudge() throws InterruptedException {
        over.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        loads.forEach(TenantLoad::judgeAll);
    }
}
