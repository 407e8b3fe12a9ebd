package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** All tenants in one cache: what it takes, what a hit costs. */
final class MemoryCase {
    private static final int HOT = 10_000;
    private static final int HITS_MAX = 20_000_000;
    /** Hits of each tenant, so that a short run stays short. */
    private static final int HITS_EACH = 200;

    private static final int PICKED = 1 << 20;

    private final DirectoryStack stack;
    private final Parent parent;
    private final int tenants;

    MemoryCase(DirectoryStack stack, Parent parent, int tenants) {
        this.stack = stack;
        this.parent = parent;
        this.tenants = tenants;
    }

    void run() {
        stack.fill(1, 1_000);
        long before = usedBytes();
        long begin = System.nanoTime();
        long known = stack.fill(1, tenants);
        double seconds = (System.nanoTime() - begin) / 1e9;
        long used = usedBytes();
        parent.figure(
                "tenants cached", "%,d of %,d, in %.1f s (%,.0f a second)", known, tenants, seconds, known / seconds);
        parent.figure("bytes a tenant", "%,d", (used - before) / (tenants - 1_000));
        parent.figure(
                "heap in use with all of them",
                "%,d MB of at most %,d MB",
                used >> 20,
                Runtime.getRuntime().maxMemory() >> 20);
        parent.figure("routes a query", "%,.0f (%,.0f queries)", stack.batches().mean(), stack.queries());
        hits("any tenant", tenants);
        hits("10,000 hot tenants", Math.min(HOT, tenants));
        parent.rendezvous();
        double queries = stack.queries();
        parent.rendezvous();
        parent.figure("loads caused by activity", "%,.0f", stack.queries() - queries);
    }

    private void hits(String name, int among) {
        TenantId[] picked = new TenantId[PICKED >> 4];
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < picked.length; i++) {
            picked[i] = TenantTable.id(1 + random.nextInt(among));
        }
        int hits = (int) Math.min(HITS_MAX, (long) tenants * HITS_EACH);
        spin(picked, hits / 4);
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long begin = System.nanoTime();
        long missed = spin(picked, hits);
        long nanos = System.nanoTime() - begin;
        parent.figure(
                "hit, " + name,
                "%.0f ns (%,.0f million a second on one core), %.3f bytes allocated, %,d missed",
                (double) nanos / hits,
                hits * 1e3 / nanos,
                (double) (threads.getCurrentThreadAllocatedBytes() - allocated) / hits,
                missed);
    }

    private long spin(TenantId[] picked, int hits) {
        long missed = 0;
        for (int i = 0; i < hits; i++) {
            @Nullable RouteLookup hit = stack.directory.cached(picked[i & (picked.length - 1)]);
            if (hit == null) {
                missed++;
            }
        }
        return missed;
    }

    static long usedBytes() {
        System.gc();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
