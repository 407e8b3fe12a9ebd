package io.percolate.gateway.routing.directory;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;

/** One subscriber's view of a tenant: only ever newer lookups, and only the latest when it is slow. */
final class Watch {
    private final FluxSink<RouteLookup> sink;
    private final AtomicReference<@Nullable RouteLookup> latest = new AtomicReference<>();
    private final AtomicInteger offers = new AtomicInteger();
    private volatile long seenVersion = -1;

    Watch(FluxSink<RouteLookup> sink) {
        this.sink = sink;
    }

    long seenVersion() {
        return seenVersion;
    }

    /** Emits it if it is newer than all before; by one thread at a time, whoever offers. */
    void offer(RouteLookup lookup) {
        latest.accumulateAndGet(lookup, Watch::newer);
        if (offers.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            RouteLookup next = latest.get();
            if (next != null && next.version() > seenVersion) {
                seenVersion = next.version();
                sink.next(next);
            }
            done = offers.addAndGet(-done);
        } while (done != 0);
    }

    void fail(Throwable error) {
        if (!sink.isCancelled()) {
            sink.error(error);
        }
    }

    /** Versions start over. */
    void forget() {
        latest.set(null);
        seenVersion = -1;
    }

    private static @Nullable RouteLookup newer(@Nullable RouteLookup a, @Nullable RouteLookup b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return b.version() > a.version() ? b : a;
    }
}
