package io.percolate.gateway.warmup.pod;

import org.jspecify.annotations.Nullable;

/** What a tier pod answered to a control call, or why there was no usable answer. */
public sealed interface PodAnswer {
    /** To a load. */
    sealed interface ToLoad extends PodAnswer permits Hot, Loading, NoRoom, NewerEpoch, Refused, Unreachable {}

    /** To a question after one tenant. */
    sealed interface ToProbe extends PodAnswer permits Hosted, Refused, Unreachable {}

    /** To an eviction. */
    sealed interface ToEvict extends PodAnswer permits Evicted, Busy, NewerEpoch, Refused, Unreachable {}

    /** To the order to store a snapshot of what is on disk. */
    sealed interface ToSnapshot extends PodAnswer permits Stored, Busy, NewerEpoch, Refused, Unreachable {}

    /** To the order to stage files for a load to come, or to drop them. */
    sealed interface ToStage extends PodAnswer permits Staged, NotStaging, NewerEpoch, Refused, Unreachable {}

    /** The tenant is in memory, under the epoch of the call. */
    record Hot() implements ToLoad {}

    record Loading() implements ToLoad {}

    /** The pod is full. */
    record NoRoom() implements ToLoad {}

    /** The pod has seen this tenant under a newer epoch than the call's. */
    record NewerEpoch(long epoch) implements ToLoad, ToEvict, ToSnapshot, ToStage {}

    /** The tenant has requests in flight, or is in memory where it must not be; nothing was changed. */
    record Busy() implements ToEvict, ToSnapshot {}

    /**
     * The tenant is out of memory.
     *
     * @param onDisk whether the pod kept it on disk
     * @param dataLocation the snapshot in S3 that holds its data now; null when none was written
     */
    record Evicted(boolean onDisk, @Nullable String dataLocation) implements ToEvict {}

    /** A snapshot in S3 holds what the pod has on disk, which stays there. */
    record Stored(String dataLocation) implements ToSnapshot {}

    /** Files for a load to come lie there: this many bytes. */
    record Staged(long bytes) implements ToStage {}

    /** The pod has no such call; a load fetches everything. */
    record NotStaging() implements ToStage {}

    /** What the pod has of the tenant. */
    record Hosted(
            State state, long epoch, boolean busy, @Nullable String error) implements ToProbe {
        /** Where the tenant is in the pod. */
        public enum State {
            LOADING,
            HOT,
            /** On disk, out of memory. */
            WARM,
            ABSENT,
            /** Its last load failed; {@link Hosted#error} says why. */
            FAILED
        }
    }

    /** An answer outside the contract: another status, or a body that cannot be read. */
    record Refused(int status, String detail) implements ToLoad, ToProbe, ToEvict, ToSnapshot, ToStage {}

    /** No answer within the deadline, or no connection. The call may have reached the pod all the same. */
    record Unreachable(String detail) implements ToLoad, ToProbe, ToEvict, ToSnapshot, ToStage {}
}
