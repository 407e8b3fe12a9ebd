package io.percolate.gateway.admin.tenant;

import io.percolate.gateway.routing.tenant.TenantRoute;

/** What a gateway does with a request of a tenant, for people who ask why. */
record GatewayDecision(Action action, String detail) {
    enum Action {
        /** The request goes to the pod. */
        FORWARD,
        /** Answered by a cold responder, while a pod is warmed. */
        COLD_START,
        /** Waits, within the hold limit, until the tenant has arrived in a pod. */
        HOLD,
        REFUSE
    }

    static GatewayDecision of(TenantRoute route) {
        return switch (route.status()) {
            case DELETED -> new GatewayDecision(Action.REFUSE, "410: the tenant is deleted");
            case SUSPENDED -> new GatewayDecision(Action.REFUSE, "403: the tenant is suspended");
            case ACTIVE -> ofResidency(route);
        };
    }

    private static GatewayDecision ofResidency(TenantRoute route) {
        return switch (route.residency()) {
            case HOT ->
                route.isMisplaced()
                        ? new GatewayDecision(Action.HOLD, "until it is handed to a pod of tier " + route.tier())
                        : new GatewayDecision(Action.FORWARD, "to the pod that hosts it");
            case WARM ->
                new GatewayDecision(Action.COLD_START, "and woken, if possible in the pod that keeps its disk");
            case COLD -> new GatewayDecision(Action.COLD_START, "and woken in a pod of tier " + route.tier());
            case ARCHIVED ->
                new GatewayDecision(Action.COLD_START, "and woken, its data restored from the archive first");
            case MOVING -> new GatewayDecision(Action.HOLD, "until it has arrived in its new pod");
        };
    }
}
