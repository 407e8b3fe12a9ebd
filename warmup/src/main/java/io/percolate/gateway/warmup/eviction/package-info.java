/** Tenants leaving memory, and pods: one step a tenant, under the same claim as wakes. */
@NullMarked
package io.percolate.gateway.warmup.eviction;

import org.jspecify.annotations.NullMarked;
