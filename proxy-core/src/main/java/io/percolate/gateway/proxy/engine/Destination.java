package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.http1.FixedFields;
import io.percolate.gateway.routing.placement.PeerGateway;
import io.percolate.gateway.routing.placement.PeerSeal;
import io.percolate.gateway.routing.placement.PlacementDecision;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantRoute;

/**
 * Whom a request is sent to, and what that one is told besides.
 *
 * @param name of the pod, or of what stands in its place
 * @param epoch 0 where there is none
 * @param fields beside those that everybody is told
 * @param authorizationPasses whether the client's token goes along
 */
record Destination(
        PodId name,
        PodProtocol protocol,
        PodAddress address,
        long epoch,
        FixedFields fields,
        boolean authorizationPasses) {

    static Destination assigned(EdgeLoop loop, TenantRoute route, Placement placement) {
        return new Destination(
                placement.pod(),
                loop.protocol(placement.tier()),
                placement.address(),
                placement.epoch(),
                loop.upstream().tenantHeaders().fields(route),
                loop.edge().forwardAuthorization());
    }

    static Destination direct(EdgeLoop loop, TenantRoute route, PlacementDecision.Direct to) {
        return new Destination(
                to.name(),
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
                loop.peerProtocol(to.secured()),
                to.address(),
                0,
                FixedFields.of(PeerSeal.FIELD, seal),
                true);
    }
}
