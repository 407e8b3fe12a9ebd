package io.percolate.gateway.routing.tenant;

/** Service tier of a tenant; it decides pods, capacity and who is shed first. */
public enum Tier {
    /** Premium, enterprise: shed last. */
    A(8),
    /** Standard, pro. */
    B(12),
    /** Free: shed first. */
    C(20);

    private final int hotTenantsPerPod;

    Tier(int hotTenantsPerPod) {
        this.hotTenantsPerPod = hotTenantsPerPod;
    }

    /** Default capacity of one pod of this tier, in hot tenants. */
    public int hotTenantsPerPod() {
        return hotTenantsPerPod;
    }
}
