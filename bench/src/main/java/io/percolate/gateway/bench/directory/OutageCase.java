package io.percolate.gateway.bench.directory;

import java.time.Duration;
import java.util.SplittableRandom;

/** Requests for known tenants while PostgreSQL is away, and after it is back. */
final class OutageCase {
    private final DirectoryStack stack;
    private final Parent parent;
    private final int tenants;
    private final int rate;

    OutageCase(DirectoryStack stack, Parent parent, int tenants, int rate) {
        this.stack = stack;
        this.parent = parent;
        this.tenants = tenants;
        this.rate = rate;
    }

    void run() {
        stack.fill(1, tenants);
        parent.rendezvous();
        SplittableRandom random = new SplittableRandom(3);
        OpenLoop load = new OpenLoop(stack.directory, 4_000_000);
        long asked = 0;
        long begin = System.nanoTime();
        // PostgreSQL stops a moment after this has begun, and is back when the bench calls.
        while (!parent.isCalled()) {
            load.run(rate, rate / 10, i -> TenantTable.id(1 + random.nextInt(tenants)));
            asked += rate / 10;
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        DirectoryStack.await(load::isSettled, Duration.ofSeconds(30));
        long answered = asked - load.failed.get();
        parent.figure(
                "answered in an outage",
                "%,d of %,d in %.0f s (%.4f %%); %s; %,d of them without waiting",
                answered,
                asked,
                seconds,
                answered * 100.0 / asked,
                load.latencies.text(),
                load.hits.get());
        long back = System.nanoTime();
        DirectoryStack.await(() -> stack.news.status().connected(), Duration.ofSeconds(30));
        parent.figure("heard again after PostgreSQL is back", "%.1f s", (System.nanoTime() - back) / 1e9);
        parent.rendezvous();
    }
}
