/** What becomes of requests when there are more than can be served: they wait in turn by tenant, or are shed by tier. */
@NullMarked
package io.percolate.gateway.proxy.overload;

import org.jspecify.annotations.NullMarked;
