/** Which tenants take most of a gateway, and what is done about one that takes it from the others. */
@NullMarked
package io.percolate.gateway.proxy.noise;

import org.jspecify.annotations.NullMarked;
