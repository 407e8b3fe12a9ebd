package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import org.jspecify.annotations.Nullable;

/**
 * A failure as the tenant's row remembers it, for processes and requests that come during its back-off. That a tier cannot
 * grow is told to them, too; of all else they hear that it failed.
 */
final class RecordedFailure {
    private static final String REFUSED = FailureKind.WAKE_SCALE_REFUSED + ": ";
    private static final String DETAIL = " (";

    private RecordedFailure() {}

    /** @param recorded the message of the failure's exception: kind, text for clients, and in brackets the detail */
    static Failure of(@Nullable String recorded) {
        if (recorded == null) {
            return Failure.of(FailureKind.WAKE_FAILED, "the tenant could not be woken a short while ago");
        }
        int detail = recorded.indexOf(DETAIL);
        if (recorded.startsWith(REFUSED) && detail > 0) {
            return Failure.of(FailureKind.WAKE_SCALE_REFUSED, recorded.substring(REFUSED.length(), detail))
                    .withOperatorDetail(recorded);
        }
        return Failure.of(FailureKind.WAKE_FAILED, "the tenant could not be woken a short while ago")
                .withOperatorDetail(recorded);
    }
}
