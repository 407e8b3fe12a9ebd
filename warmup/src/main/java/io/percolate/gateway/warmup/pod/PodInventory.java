package io.percolate.gateway.warmup.pod;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import reactor.core.publisher.Mono;

/** What pods say of themselves: whether they answer, and which tenants they have. */
public interface PodInventory {
    /** Whether the pod answers {@code GET /health} with 200 within the deadline of a short call. Never errors. */
    Mono<Boolean> isAlive(PodAddress pod);

    /** Every tenant that the pod has in memory or on disk. Never errors. */
    Mono<Listing> list(PodAddress pod);

    /** What came of asking. */
    sealed interface Listing {}

    record Listed(List<Copy> tenants) implements Listing {}

    /** No answer in time, or none that makes sense; for operators. */
    record NotListed(String detail) implements Listing {}

    /**
     * What a pod has of one tenant.
     *
     * @param epoch the last one under which the pod has seen it
     * @param memoryMb zero where it is on disk only
     */
    record Copy(
            TenantId tenant, PodAnswer.Hosted.State state, long epoch, boolean busy, int memoryMb, int dataSizeMb) {}
}
