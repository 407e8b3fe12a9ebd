package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Notes when each change of each tenant can be seen here, and what is cached in the end. */
final class WatchCase {
    private static final long POLL_NANOS = 2_000_000;
    /** Every tenant is looked at so often, as its requests would, also if no change of it was heard. */
    private static final long ROUND_NANOS = 500_000_000;

    /** Nothing was heard for so long at the end. */
    private static final long QUIET_NANOS = 1_000_000_000;

    private static final long PATIENCE_NANOS = 30_000_000_000L;

    private final DirectoryStack stack;
    private final Parent parent;
    private final TenantId[] ids;
    private final Map<TenantId, Integer> positions;
    private final long[] versions;
    private final long[] seenMicros;
    /** When the bench called; zero before. */
    private long calledNanos;

    WatchCase(DirectoryStack stack, Parent parent, int tenants) {
        this.stack = stack;
        this.parent = parent;
        this.ids = new TenantId[tenants];
        this.positions = HashMap.newHashMap(tenants);
        this.versions = new long[tenants];
        this.seenMicros = new long[tenants];
    }

    void run() {
        stack.fill(1, ids.length);
        for (int i = 0; i < ids.length; i++) {
            ids[i] = TenantTable.id(i + 1);
            positions.put(ids[i], i);
            versions[i] = cachedVersion(ids[i]);
        }
        long[] first = versions.clone();
        parent.rendezvous();
        watch();
        parent.rendezvous();
        for (int i = 0; i < ids.length; i++) {
            if (versions[i] != first[i] || cachedVersion(ids[i]) != versions[i]) {
                parent.say(i + 1 + " " + cachedVersion(ids[i]) + " " + stack.hearing.heardMicros(ids[i]) + " "
                        + seenMicros[i]);
            }
        }
        stack.hearing.deafMicros.forEach(micros -> parent.say(Fleet.DEAF + micros));
    }

    /**
     * Looks at those that a change was heard of and is not seen yet, and at all of them now and then; until called and
     * nothing is to come any more.
     */
    private void watch() {
        BitSet awaited = new BitSet(ids.length);
        long round = System.nanoTime();
        long heard = round;
        while (!parent.isCalled() || !isQuiet(awaited, heard)) {
            if (take(awaited)) {
                heard = System.nanoTime();
            }
            for (int i = awaited.nextSetBit(0); i >= 0; i = awaited.nextSetBit(i + 1)) {
                if (isSeen(i)) {
                    awaited.clear(i);
                }
            }
            if (System.nanoTime() - round > ROUND_NANOS) {
                request();
                round = System.nanoTime();
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Takes those that changes were heard of since; whether there were any. */
    private boolean take(BitSet awaited) {
        boolean any = false;
        for (TenantId next = stack.hearing.changed.poll(); next != null; next = stack.hearing.changed.poll()) {
            any = true;
            Integer position = positions.get(next);
            if (position != null) {
                awaited.set(position);
            }
        }
        return any;
    }

    private boolean isQuiet(BitSet awaited, long heardNanos) {
        long now = System.nanoTime();
        if (calledNanos == 0) {
            calledNanos = now;
        }
        boolean isCalm = awaited.isEmpty()
                && stack.news.status().connected()
                && now - Math.max(heardNanos, calledNanos) > QUIET_NANOS;
        return isCalm || now - calledNanos > PATIENCE_NANOS;
    }

    /** Asks for every tenant once, and waits for no answer. */
    private void request() {
        for (int i = 0; i < ids.length; i++) {
            look(i);
            if (stack.directory.cached(ids[i]) == null) {
                stack.directory.lookup(ids[i]).subscribe(found -> {}, failed -> {});
            }
        }
    }

    /** Whether the newest version that was heard of is the one in use. */
    private boolean isSeen(int position) {
        look(position);
        return versions[position] >= stack.hearing.heardVersion(ids[position]);
    }

    private void look(int position) {
        long version = cachedVersion(ids[position]);
        if (version > versions[position]) {
            versions[position] = version;
            seenMicros[position] = micros();
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
