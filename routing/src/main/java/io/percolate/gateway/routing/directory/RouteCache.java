package io.percolate.gateway.routing.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The entries, and which of them may be served now. Decides only; loads nothing.
 *
 * <p>A version is only ever replaced by a higher one.
 */
final class RouteCache {
    private final LongSupplier nanoClock;
    private final long staleMaxNanos;
    private final long unknownTtlNanos;
    private final Cache<TenantId, Entry> entries;
    private final AtomicReference<Confidence> confidence;
    private final int inUseTicks;
    private final AtomicInteger tick = new AtomicInteger();

    RouteCache(DirectoryConfig config, LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
        this.staleMaxNanos = config.staleMax().toNanos();
        this.unknownTtlNanos = config.unknownTtl().toNanos();
        this.inUseTicks = Math.toIntExact(Math.max(1, config.refreshWithin().dividedBy(config.revalidateAfter())));
        this.entries = Caffeine.newBuilder().maximumSize(config.entriesMax()).build();
        this.confidence = new AtomicReference<>(Confidence.none(nanoClock.getAsLong()));
    }

    /** The entry, served or not; counts as a use. */
    @Nullable
    Entry used(TenantId tenant) {
        Entry entry = entries.getIfPresent(tenant);
        if (entry != null) {
            entry.use(tick.get());
        }
        return entry;
    }

    /** Time passes, by one interval of revalidation. */
    void tick() {
        tick.incrementAndGet();
    }

    private boolean isInUse(Entry entry) {
        return tick.get() - entry.usedTick() <= inUseTicks;
    }

    /** The entry, served or not; leaves no trace. */
    @Nullable
    Entry seen(TenantId tenant) {
        return entries.policy().getIfPresentQuietly(tenant);
    }

    Confidence confidence() {
        return confidence.get();
    }

    void trust(UnaryOperator<Confidence> change) {
        confidence.updateAndGet(change);
    }

    /** Whether nothing speaks against the entry: no newer version, no missed news, no expiry. */
    boolean isConfirmed(Entry entry) {
        return confidence.get().confirms(entry)
                && (entry.isKnown() || nanoClock.getAsLong() - entry.loadedNanos() < unknownTtlNanos);
    }

    /** Whether an entry that is not confirmed may be served without asking PostgreSQL first. */
    boolean isServableUnconfirmed(Entry entry) {
        Confidence trust = confidence.get();
        long now = nanoClock.getAsLong();
        if (!entry.isKnown()) {
            return !trust.live() && !entry.isOutdated() && now - entry.loadedNanos() < unknownTtlNanos;
        }
        return !mustReload(entry, trust) && isWithinStaleBound(entry, trust, now);
    }

    /**
     * Whether it is time to load an entry anew in the background, which is served unconfirmed meanwhile; then the next time
     * comes after another interval.
     */
    boolean takeReloadDue(Entry entry, long intervalNanos) {
        Confidence trust = confidence.get();
        long now = nanoClock.getAsLong();
        // It was right until then, however long ago it was loaded. Most connections are back sooner, and would wait
        // behind the loads of every entry in use.
        if (trust.confirmedUntilLost(entry) && now - trust.heardUntilNanos() < intervalNanos) {
            return false;
        }
        return entry.takeReloadDue(now, intervalNanos);
    }

    /** Something says that the entry may be wrong, and no load has failed since. */
    private static boolean mustReload(Entry entry, Confidence trust) {
        if (entry.isOutdated()) {
            return !entry.hasReloadFailed();
        }
        if (entry.isUnverified()) {
            return false;
        }
        return trust.live() && trust.distrusts(entry) && !entry.hasReloadFailedSince(trust.distrustBeforeNanos());
    }

    /** Whether the entry may be served when it cannot be loaded. */
    boolean isServableStale(Entry entry) {
        return entry.isKnown() && isWithinStaleBound(entry, confidence.get(), nanoClock.getAsLong());
    }

    private boolean isWithinStaleBound(Entry entry, Confidence trust, long now) {
        return now - trust.confirmedNanos(entry, now) <= staleMaxNanos;
    }

    /**
     * Keeps what a flight has brought, unless something newer is there or a flush has overtaken it; the best there is.
     *
     * @param isFinal whether to forget of announced versions that cannot be found
     */
    RouteLookup keep(Flight flight, RouteLookup loaded, boolean isFinal) {
        Entry kept = entries.asMap().compute(flight.tenant(), (tenant, old) -> {
            // Looked at in here: who flushes from now on finds what is kept here.
            if (flight.isDiscarded()) {
                return old;
            }
            long floor = isFinal ? 0 : flight.floorVersion();
            return merged(old, loaded, flight.source(), flight.sentNanos(), floor, isFinal);
        });
        return kept == null || flight.isDiscarded() ? loaded : kept.lookup();
    }

    /** Keeps what this process knows by itself, unless something newer is there. */
    void learn(RouteLookup lookup) {
        long now = nanoClock.getAsLong();
        entries.asMap().compute(tenantOf(lookup), (tenant, old) -> merged(old, lookup, Source.LEARNED, now, 0, false));
    }

    /** Keeps what the second level holds where nothing is kept yet; what is kept then, null after a flush. */
    @Nullable
    Entry keepShared(Flight flight, RouteLookup lookup, long loadedNanos) {
        return entries.asMap()
                .compute(
                        flight.tenant(),
                        (tenant, old) -> old != null || flight.isDiscarded()
                                ? old
                                : new Entry(lookup, Source.SHARED, loadedNanos, 0, loadedNanos, tick.get()));
    }

    private Entry merged(
            @Nullable Entry old, RouteLookup lookup, Source source, long loadedNanos, long floor, boolean isFinal) {
        long now = nanoClock.getAsLong();
        if (old == null) {
            return new Entry(lookup, source, loadedNanos, floor, now, tick.get());
        }
        boolean isNewer = lookup.version() > old.lookup().version() || old.isUnverified();
        boolean isFresher = lookup.version() == old.lookup().version() && loadedNanos - old.loadedNanos() > 0;
        if (!isNewer && !isFresher) {
            return old;
        }
        return new Entry(
                isNewer ? lookup : old.lookup(),
                isNewer ? source : old.source(),
                loadedNanos,
                isFinal ? 0 : Math.max(floor, old.isUnverified() ? 0 : old.newestVersion()),
                old.isOutdated() ? old.outdatedNanos() : now,
                old.usedTick());
    }

    /** Hides an entry that is older than this version until it has been loaded anew; whether there was one in use. */
    boolean outdate(TenantId tenant, long version) {
        Entry entry = seen(tenant);
        if (entry == null || entry.lookup().version() >= version) {
            return false;
        }
        entry.outdate(version, nanoClock.getAsLong());
        return isInUse(entry);
    }

    /** Tenants in use whose entries nothing confirms though changes are heard; at most so many. Looks at every entry. */
    List<TenantId> inUseUnconfirmed(int tenantsMax) {
        Confidence trust = confidence.get();
        return entries.asMap().entrySet().stream()
                .filter(kept -> isInUse(kept.getValue()) && !trust.confirms(kept.getValue()))
                .limit(tenantsMax)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Every entry, as they are when it comes to them. */
    Iterator<Map.Entry<TenantId, Entry>> all() {
        return entries.asMap().entrySet().iterator();
    }

    boolean isConfirmedInUse(Entry entry) {
        return isInUse(entry) && confidence.get().confirms(entry);
    }

    /** The tenant's route could not be loaded. */
    void reloadFailed(TenantId tenant) {
        Entry entry = seen(tenant);
        if (entry != null) {
            entry.reloadFailed(nanoClock.getAsLong());
        }
    }

    @Nullable
    RouteExplanation explain(TenantId tenant) {
        Entry entry = seen(tenant);
        if (entry == null) {
            return null;
        }
        long now = nanoClock.getAsLong();
        Confidence trust = confidence.get();
        return new RouteExplanation(
                entry.lookup(),
                entry.source(),
                Duration.ofNanos(now - trust.confirmedNanos(entry, now)),
                whyStale(entry, trust));
    }

    private static @Nullable String whyStale(Entry entry, Confidence trust) {
        if (entry.isOutdated()) {
            return "version " + entry.newestVersion() + " is known to exist, and "
                    + (entry.hasReloadFailed() ? "could not be loaded" : "is being loaded");
        }
        if (entry.isUnverified()) {
            return "the second level holds it, and PostgreSQL has not confirmed it yet";
        }
        if (!trust.live()) {
            return "changes are not heard";
        }
        return trust.distrusts(entry) ? "changes may have been missed since it was loaded" : null;
    }

    boolean drop(TenantId tenant) {
        return entries.asMap().remove(tenant) != null;
    }

    long dropTier(Tier tier) {
        long count = 0;
        for (Iterator<Entry> all = entries.asMap().values().iterator(); all.hasNext(); ) {
            if (all.next().lookup() instanceof RouteLookup.Known known
                    && known.route().tier() == tier) {
                all.remove();
                count++;
            }
        }
        return count;
    }

    long dropAll() {
        long count = entries.asMap().size();
        entries.invalidateAll();
        return count;
    }

    long size() {
        return entries.estimatedSize();
    }

    static TenantId tenantOf(RouteLookup lookup) {
        return switch (lookup) {
            case RouteLookup.Known known -> known.route().tenant();
            case RouteLookup.Unknown unknown -> unknown.tenant();
        };
    }
}
