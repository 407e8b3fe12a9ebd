package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;

/** The clients of all tenants of a fleet, until they are told to end. */
public final class FleetLoad {
    private static final int AT_ONCE = 8;

    private final AtomicBoolean over = new AtomicBoolean();
    private final List<TenantLoad> loads;
    private final List<Thread> threads;

    private FleetLoad(Fleet fleet, Disturbances disturbances, Tally tally, double pace) {
        this.loads = IntStream.range(0, fleet.tenants().size())
                .mapToObj(i -> new TenantLoad(fleet, disturbances, tally, i, pace, over::get))
                .toList();
        this.threads = loads.stream().flatMap(load -> load.start().stream()).toList();
    }

    /** Blocks until every gateway has answered a request of each tenant: what comes after is not a fleet's start. */
    public static void awaitAnswered(Fleet fleet, Disturbances disturbances) throws InterruptedException {
        Semaphore places = new Semaphore(AT_ONCE);
        List<Thread> threads = new ArrayList<>();
        for (TenantId tenant : fleet.tenants()) {
            for (int i = 0; i < fleet.gateways().size(); i++) {
                EdgeClient client = new EdgeClient(fleet, disturbances, new Tally(), tenant, i);
                places.acquire();
                threads.add(Thread.ofVirtual().start(() -> {
                    try {
                        client.untilAnswered("/kv/r0");
                    } finally {
                        places.release();
                    }
                }));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
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
