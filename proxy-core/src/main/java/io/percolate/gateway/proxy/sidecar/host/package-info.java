/** The tenants of a sidecar, from load to eviction, behind the fence of their epochs. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.host;

import org.jspecify.annotations.NullMarked;
