package io.percolate.gateway.routing.placement;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Tier;

/** Where one request goes, and why. */
public sealed interface PlacementDecision {
    /** For people. */
    String why();

    /** To the pod that the tenant is assigned to, as its residency has it. */
    enum Assigned implements PlacementDecision {
        ASSIGNED;

        @Override
        public String why() {
            return "tenants of its tier are assigned to pods";
        }
    }

    /**
     * Straight to an address, whatever the tenant's residency: without an epoch.
     *
     * @param name of the pod, or of what stands for several
     */
    record Direct(PodId name, Tier tier, PodAddress address, String why) implements PlacementDecision {}

    /** To the gateway of another region, which decides on. */
    record Elsewhere(PeerGateway peer, String why) implements PlacementDecision {}

    /** Nowhere. */
    record Refused(Failure failure) implements PlacementDecision {
        @Override
        public String why() {
            return failure.clientDetail();
        }
    }
}
