/** What tenants may use: rates, requests at once, bandwidth, by tier and by plan. */
@NullMarked
package io.percolate.gateway.proxy.limit;

import org.jspecify.annotations.NullMarked;
