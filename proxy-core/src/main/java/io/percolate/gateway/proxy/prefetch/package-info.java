/** Contexts fetched before their tenants come back, as far as their habits tell. */
@NullMarked
package io.percolate.gateway.proxy.prefetch;

import org.jspecify.annotations.NullMarked;
