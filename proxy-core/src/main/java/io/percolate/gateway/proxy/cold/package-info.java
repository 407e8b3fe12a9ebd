/** Requests of tenants that are not hot: which responder answers, from the context, or after a bounded hold. */
@NullMarked
package io.percolate.gateway.proxy.cold;

import org.jspecify.annotations.NullMarked;
