package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.locks.LockSupport;

/** Notes when each change of each tenant can be seen here, and what is cached in the end. */
final class WatchCase {
    private static final long POLL_NANOS = 10_000_000;

    private final DirectoryStack stack;
    private final Parent parent;
    private final int tenants;

    WatchCase(DirectoryStack stack, Parent parent, int tenants) {
        this.stack = stack;
        this.parent = parent;
        this.tenants = tenants;
    }

    void run() {
        stack.fill(1, tenants);
        TenantId[] ids = new TenantId[tenants];
        long[] versions = new long[tenants];
        long[] seenMicros = new long[tenants];
        for (int i = 0; i < tenants; i++) {
            ids[i] = TenantTable.id(i + 1);
            versions[i] = cachedVersion(ids[i]);
        }
        long[] first = versions.clone();
        parent.rendezvous();
        // Every tenant is looked at once a round, as its requests would; a round takes a few milliseconds.
        while (!parent.isCalled()) {
            for (int i = 0; i < tenants; i++) {
                long version = cachedVersion(ids[i]);
                if (version > versions[i]) {
                    versions[i] = version;
                    seenMicros[i] = micros();
                }
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
        parent.rendezvous();
        for (int i = 0; i < tenants; i++) {
            if (versions[i] != first[i] || cachedVersion(ids[i]) != versions[i]) {
                parent.say(i + 1 + " " + cachedVersion(ids[i]) + " " + seenMicros[i]);
            }
        }
    }

    private long cachedVersion(TenantId tenant) {
        RouteLookup cached = stack.directory.cached(tenant);
        return cached == null ? -1 : cached.version();
    }

    static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }
}
