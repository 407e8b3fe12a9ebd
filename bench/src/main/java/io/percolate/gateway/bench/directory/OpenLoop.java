package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/** Asks at a fixed rate, whatever becomes of the questions; latency counts from when each was due. */
final class OpenLoop {
    final Latencies latencies;
    final AtomicLong hits = new AtomicLong();
    final AtomicLong failed = new AtomicLong();
    private final AtomicLong open = new AtomicLong();

    private final PostgresRouteDirectory directory;

    OpenLoop(PostgresRouteDirectory directory, int samplesMax) {
        this.directory = directory;
        this.latencies = new Latencies(samplesMax);
    }

    /** Asks count times; returns when all were sent. */
    void run(int perSecond, int count, IntFunction<TenantId> tenant) {
        long begin = System.nanoTime();
        double interval = 1e9 / perSecond;
        for (int i = 0; i < count; i++) {
            long due = begin + (long) (i * interval);
            while (System.nanoTime() - due < 0) {
                LockSupport.parkNanos(20_000);
            }
            ask(tenant.apply(i), due);
        }
    }

    private void ask(TenantId tenant, long due) {
        if (directory.cached(tenant) != null) {
            hits.incrementAndGet();
            latencies.add(System.nanoTime() - due);
            return;
        }
        open.incrementAndGet();
        directory
                .lookup(tenant)
                .subscribe(
                        found -> {
                            latencies.add(System.nanoTime() - due);
                            open.decrementAndGet();
                        },
                        error -> {
                            failed.incrementAndGet();
                            open.decrementAndGet();
                        });
    }

    boolean isSettled() {
        return open.get() == 0;
    }
}
