/** Who a tenant is and where it lives: plain values, no I/O. */
@NullMarked
package io.percolate.gateway.routing.tenant;

import org.jspecify.annotations.NullMarked;
