package io.percolate.gateway.admin.tenant;

/** How a patch gives a tenant in a pod's memory another tier. */
enum TierChange {
    /** A migration hands the tenant over and gives it the tier, or leaves both as they were. */
    PLANNED,
    /** The tier is another at once, and the tenant's next request or wake hands it over. */
    IMMEDIATE
}
