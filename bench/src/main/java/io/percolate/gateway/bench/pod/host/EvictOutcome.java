package io.percolate.gateway.bench.pod.host;

import org.jspecify.annotations.Nullable;

/** What became of a call to evict a tenant. */
public sealed interface EvictOutcome {
    /** It is out of memory, on disk. */
    record IsWarm(@Nullable String contextEtag) implements EvictOutcome {}

    /**
     * It is gone from this pod.
     *
     * @param dataLocation the snapshot that holds its data now; null where the pod had none, or none that counted
     */
    record IsAbsent(@Nullable String dataLocation, @Nullable String contextEtag) implements EvictOutcome {}

    /** Requests are in flight, or it is being loaded or evicted by another call; nothing was changed. */
    record IsBusy(long epoch) implements EvictOutcome {}

    /** The pod has seen it under a newer epoch; nothing was changed. */
    record NewerHere(long epoch) implements EvictOutcome {}

    /** There is no vault, so that nothing could hold the data; nothing was changed. */
    record NoVault() implements EvictOutcome {}
}
