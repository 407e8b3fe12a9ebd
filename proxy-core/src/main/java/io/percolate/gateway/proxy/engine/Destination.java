package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.FixedFields;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PeerSeal;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.Tier;

/**
 * Whom a request is sent to, and what that one is told besides.
 *
 * @param name of the pod, or of what stands in its place
 * @param tier whose bounds and budgets hold for it; of another region's gateway that is A, whomever a request is of
 * @param epoch 0 where there is none
 * @param fields beside those that everybody is told
 * @param authorizationPasses whether the client's token goes along
 */
record Destination(
        PodId name,
        Tier tier,
        PodProtocol protocol,
        PodAddress address,
        long epoch,
        FixedFields fields,
        boolean authorizationPasses) {

    /** Whether it is the pod that the tenant is assigned to, and not whoever answers at an address. */
    boolean isAssigned() {
        return epoch > 0;
    }

    static Destination assigned(EdgeLoop loop, TenantRoute route, Placement placement) {
        return new Destination(
                placement.pod(),
                placement.tier(),
                loop.protocol(placement.tier()),
                placement.address(),
                placement.epoch(),
                loop.upstream().tenantHeaders().fields(route),
                loop.edge().forwardAuthorization());
    }

    static Destination direct(EdgeLoop loop, TenantRoute route, PlacementDecision.Direct to) {
        return new Destination(
                to.name(),
                to.tier(),
                loop.protocol(to.tier()),
                to.address(),
                0,
                loop.upstream().tenantHeaders().fields(route),
                loop.edge().forwardAuthorization());
    }

    /** Of a tenant it is told nothing: it looks for itself. */
    static Destination peer(EdgeLoop loop, PeerGateway to, String seal) {
        return new Destination(
                new PodId("region " + to.region()),
                Tier.A,
                loop.peerProtocol(to.secured()),
                to.address(),
                0,
                FixedFields.of(PeerSeal.FIELD, seal),
                true);
    }
}
