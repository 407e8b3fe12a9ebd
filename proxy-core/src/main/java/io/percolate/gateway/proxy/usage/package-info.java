/** What tenants have used, written down for good. */
@NullMarked
package io.percolate.gateway.proxy.usage;

import org.jspecify.annotations.NullMarked;
