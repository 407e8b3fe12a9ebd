package io.percolate.gateway.routing.tenant;

/** Standing of a tenant's account; only {@link #ACTIVE} tenants are served. */
public enum TenantStatus {
    ACTIVE,
    SUSPENDED,
    DELETED
}
