package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.invalidation.FlushScope;
import java.time.Duration;
import java.util.SplittableRandom;

/** Misses: one at a time, at a rate, and after a full flush under load. */
final class MissCase {
    private static final int SINGLES = 3_000;
    private static final int HOT = 100_000;
    private static final Duration SETTLED_WITHIN = Duration.ofSeconds(30);

    private final DirectoryStack stack;
    private final Parent parent;
    private final int tenants;
    private final int rate;
    private final int seconds;

    MissCase(DirectoryStack stack, Parent parent, int tenants, int rate, int seconds) {
        this.stack = stack;
        this.parent = parent;
        this.tenants = tenants;
        this.rate = rate;
        this.seconds = seconds;
    }

    void run() {
        stack.fill(1, Math.min(tenants, 50_000));
        stack.directory.flush(new FlushScope.All());
        singles();
        stack.directory.flush(new FlushScope.All());
        storm();
        parent.rendezvous();
        refill();
    }

    private void singles() {
        Latencies latencies = new Latencies(SINGLES);
        for (int i = 0; i < SINGLES; i++) {
            long begin = System.nanoTime();
            stack.directory.lookup(TenantTable.id(1 + tenants / SINGLES * i)).block();
            latencies.add(System.nanoTime() - begin);
        }
        parent.figure("a miss while idle", latencies.text());
    }

    private void storm() {
        int count = Math.min(tenants, rate * seconds);
        OpenLoop load = new OpenLoop(stack.directory, count);
        double queries = stack.queries();
        double loaded = stack.batches().totalAmount();
        long begin = System.nanoTime();
        load.run(rate, count, i -> TenantTable.id(1 + i));
        DirectoryStack.await(load::isSettled, SETTLED_WITHIN);
        double took = (System.nanoTime() - begin) / 1e9;
        queries = stack.queries() - queries;
        loaded = stack.batches().totalAmount() - loaded;
        parent.figure(
                "misses at " + String.format("%,d", rate) + " a second",
                "%s; %,.0f loaded a second by %,.0f queries a second (%.1f routes a query), %,d failed",
                load.latencies.text(),
                loaded / took,
                queries / took,
                loaded / Math.max(1, queries),
                load.failed.get());
    }

    private void refill() {
        int hot = Math.min(HOT, tenants);
        stack.fill(1, hot);
        OpenLoop before = asked(hot, 2);
        stack.directory.flush(new FlushScope.All());
        SplittableRandom random = new SplittableRandom(11);
        OpenLoop after = new OpenLoop(stack.directory, rate * seconds);
        StringBuilder shares = new StringBuilder();
        long hitsBefore = 0;
        for (int second = 1; second <= seconds; second++) {
            after.run(rate, rate, i -> TenantTable.id(1 + random.nextInt(hot)));
            long hits = after.hits.get();
            shares.append(second == 1 ? "" : ", ").append(Math.round((hits - hitsBefore) * 100.0 / rate));
            hitsBefore = hits;
        }
        DirectoryStack.await(after::isSettled, SETTLED_WITHIN);
        parent.figure("before a full flush, " + String.format("%,d", hot) + " tenants", before.latencies.text());
        parent.figure(
                "after the full flush",
                "%s; %,d failed; hits by second, %%: %s",
                after.latencies.text(),
                after.failed.get(),
                shares);
        stack.directory.flush(new FlushScope.All());
        long begin = System.nanoTime();
        stack.fill(1, hot);
        parent.figure("refilled as fast as it goes", "%,d tenants in %.2f s", hot, (System.nanoTime() - begin) / 1e9);
    }

    private OpenLoop asked(int hot, int seconds) {
        SplittableRandom random = new SplittableRandom(5);
        OpenLoop load = new OpenLoop(stack.directory, rate * seconds);
        load.run(rate, rate * seconds, i -> TenantTable.id(1 + random.nextInt(hot)));
        DirectoryStack.await(load::isSettled, SETTLED_WITHIN);
        return load;
    }
}
