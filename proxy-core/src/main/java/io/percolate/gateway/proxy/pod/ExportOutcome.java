package io.percolate.gateway.proxy.pod;

import reactor.core.publisher.Flux;

/** What became of a call to export a tenant's data. */
public sealed interface ExportOutcome {
    /** @param content cold; reading it once, or cancelling it, cleans up after it */
    record Data(long epoch, Flux<byte[]> content) implements ExportOutcome {}

    record None() implements ExportOutcome {}

    /** Hot, loading or leaving: a copy made now would miss what comes next. */
    record NotStill(String state, long epoch) implements ExportOutcome {}

    record NewerHere(long epoch) implements ExportOutcome {}
}
