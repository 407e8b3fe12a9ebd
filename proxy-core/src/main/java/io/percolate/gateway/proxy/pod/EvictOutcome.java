package io.percolate.gateway.proxy.pod;

import org.jspecify.annotations.Nullable;

/** What became of a call to evict a tenant. */
public sealed interface EvictOutcome {
    /** It is out of memory, its data are here. */
    record IsWarm(@Nullable String contextEtag) implements EvictOutcome {}

    /**
     * It is gone from here.
     *
     * @param dataLocation the snapshot that holds its data now; null where there were none, or none that counted
     */
    record IsAbsent(@Nullable String dataLocation, @Nullable String contextEtag) implements EvictOutcome {}

    /** Requests are in flight, the application says so, or another call has it; nothing was changed. */
    record IsBusy(long epoch) implements EvictOutcome {}

    /** It was seen here under a newer epoch; nothing was changed. */
    record NewerHere(long epoch) implements EvictOutcome {}

    /** There is no vault, so that nothing could hold the data; nothing was changed. */
    record NoVault() implements EvictOutcome {}
}
