package io.percolate.gateway.bench.directory;

import io.percolate.gateway.routing.invalidation.RouteObserver;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Passes news on to the directory, and notes when those of each tenant came, and how long none were heard. */
final class Hearing implements RouteObserver {
    /** How long changes were not heard, in microseconds. */
    final ConcurrentLinkedQueue<Long> deafMicros = new ConcurrentLinkedQueue<>();

    /** Tenants in the order in which changes of them were heard; whoever looks takes them. */
    final ConcurrentLinkedQueue<TenantId> changed = new ConcurrentLinkedQueue<>();

    private final RouteObserver directory;
    private final ConcurrentHashMap<TenantId, Heard> heard = new ConcurrentHashMap<>();
    private volatile long lostMicros;

    /** The newest version heard of, and since when. */
    private record Heard(long version, long micros) {}

    Hearing(RouteObserver directory) {
        this.directory = directory;
    }

    /** When the newest version of this tenant was heard of first; zero when none was. */
    long heardMicros(TenantId tenant) {
        Heard newest = heard.get(tenant);
        return newest == null ? 0 : newest.micros();
    }

    /** The newest version of this tenant that was heard of; zero when none was. */
    long heardVersion(TenantId tenant) {
        Heard newest = heard.get(tenant);
        return newest == null ? 0 : newest.version();
    }

    @Override
    public void changed(TenantId tenant, long version) {
        Heard now = new Heard(version, WatchCase.micros());
        heard.merge(tenant, now, (old, next) -> next.version() > old.version() ? next : old);
        directory.changed(tenant, version);
        changed.add(tenant);
    }

    @Override
    public void connected() {
        long lost = lostMicros;
        if (lost != 0) {
            deafMicros.add(WatchCase.micros() - lost);
        }
        directory.connected();
    }

    @Override
    public void lost(long lastHeardNanos) {
        lostMicros = WatchCase.micros();
        directory.lost(lastHeardNanos);
    }

    @Override
    public void distrust() {
        directory.distrust();
    }

    @Override
    public void forget() {
        directory.forget();
    }
}
