/** What tenants may use across all gateways. */
@NullMarked
package io.percolate.gateway.routing.quota;

import org.jspecify.annotations.NullMarked;
