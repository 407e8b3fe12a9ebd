package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.warmup.placement.TenantRow;

/** What came of trying to claim a tenant's wake. */
sealed interface ClaimOutcome {
    /** This process wakes the tenant, as long as it renews its lease. */
    record Claimed(TenantRow row) implements ClaimOutcome {}

    /** Somebody has woken the tenant since the caller looked. */
    record FoundHot(TenantRow row) implements ClaimOutcome {}

    record HeldByOther(TenantRow row) implements ClaimOutcome {}

    /** A wake has failed a short while ago. */
    record BackingOff(TenantRow row) implements ClaimOutcome {}

    /** The tenant is suspended or deleted. */
    record NotServed(TenantRow row) implements ClaimOutcome {}

    record Unknown() implements ClaimOutcome {}
}
