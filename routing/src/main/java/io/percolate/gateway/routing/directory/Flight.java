package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.directory.RouteExplanation.Source;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.tenant.TenantId;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** One load of one tenant's route, shared by all who wait for it. */
final class Flight {
    private final TenantId tenant;
    private final boolean isForNews;
    private final Sinks.One<RouteLookup> landing = Sinks.one();

    private volatile Source source;
    private volatile boolean sent;
    private volatile long sentNanos;
    private volatile boolean discarded;
    private volatile long floorVersion;
    /** What the cache holds: where its version is still the latest, PostgreSQL need not say more. */
    private volatile @Nullable RouteLookup basis;

    private volatile boolean shareable;
    private boolean replicaAsked;
    private boolean sharedAsked;
    private volatile boolean trial;
    private boolean ended;
    private long floorVersionSent;
    private int attempts;

    /**
     * @param floorVersion an older answer than this version is known to be outdated
     * @param shareable whether an answer of the second level will do for now
     */
    Flight(TenantId tenant, Source source, long floorVersion, boolean shareable) {
        this.tenant = tenant;
        this.source = source;
        this.isForNews = source == Source.NOTIFICATION;
        this.shareable = shareable;
        this.floorVersion = floorVersion;
    }

    TenantId tenant() {
        return tenant;
    }

    Source source() {
        return source;
    }

    /** What it brings; cancelling concerns the subscriber alone. */
    Mono<RouteLookup> landing() {
        return landing.asMono();
    }

    void setBasis(RouteLookup lookup) {
        basis = lookup;
    }

    @Nullable
    RouteLookup basis() {
        return basis;
    }

    /** Whether a change has caused it, so that nobody need be waiting. */
    boolean isForNews() {
        return isForNews;
    }

    boolean isSent() {
        return sent;
    }

    /** Whether a replica may answer it, which is asked once. */
    synchronized boolean mayLag() {
        return shareable && floorVersion == 0 && !replicaAsked;
    }

    /** The question goes to a replica now; false when only the primary will do any more. */
    synchronized boolean sendToReplica() {
        if (!mayLag()) {
            return false;
        }
        replicaAsked = true;
        sent = true;
        return true;
    }

    /** A replica has answered what was true at this moment at least. */
    synchronized void answeredByReplica(long asOfNanos) {
        source = Source.REPLICA;
        sentNanos = asOfNanos;
    }

    /** Whether the second level may answer it. */
    boolean isShareable() {
        return shareable && basis == null && floorVersion == 0;
    }

    /** Whether the second level is to be asked, now. */
    synchronized boolean asksShared() {
        sharedAsked = isShareable();
        return sharedAsked;
    }

    /** From here on PostgreSQL alone may answer; false when that comes too late for who joins now. */
    synchronized boolean insist() {
        if (sent || sharedAsked) {
            return false;
        }
        shareable = false;
        return true;
    }

    /** Whether it asks PostgreSQL though that is taken to be down, to find out whether it is back. */
    void setTrial(boolean isTrial) {
        trial = isTrial;
    }

    boolean isTrial() {
        return trial;
    }

    /** The question goes out now. */
    synchronized void send(long nowNanos) {
        attempts++;
        floorVersionSent = floorVersion;
        sentNanos = nowNanos;
        sent = true;
    }

    long sentNanos() {
        return sentNanos;
    }

    synchronized int attempts() {
        return attempts;
    }

    /** Its answer must not be kept, though those who wait may have it. */
    void discard() {
        discarded = true;
    }

    boolean isDiscarded() {
        return discarded;
    }

    /** Whether an answer of this version lacks a change that was announced before the question went out. */
    synchronized boolean lacks(long version) {
        return version < floorVersionSent;
    }

    /** Makes it bring this version at least; false when it has ended before. */
    synchronized boolean raiseFloor(long version) {
        if (ended) {
            return false;
        }
        floorVersion = Math.max(floorVersion, version);
        return true;
    }

    /** Ends it with this version, for good; false when it has to bring a later one first. */
    synchronized boolean ends(long version, boolean whatever) {
        ended = whatever || version >= floorVersion;
        return ended;
    }

    long floorVersion() {
        return floorVersion;
    }

    void land(RouteLookup lookup) {
        landing.tryEmitValue(lookup);
    }

    void fail(FailureException failure) {
        landing.tryEmitError(failure);
    }
}
