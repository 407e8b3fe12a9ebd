package io.percolate.gateway.proxy.pod;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The end of a tenant's load, for those who wait for it. */
public final class LoadEnd {
    private Sinks.@Nullable Empty<Void> waited;

    /** Completes at the next {@link #come}, on the thread of that call. */
    public synchronized Mono<Void> awaited() {
        if (waited == null) {
            waited = Sinks.empty();
        }
        return waited.asMono();
    }

    /** Tells all who wait. To be called without a lock that they might need. */
    public void come() {
        Sinks.Empty<Void> told;
        synchronized (this) {
            told = waited;
            waited = null;
        }
        if (told != null) {
            told.tryEmitEmpty();
        }
    }
}
