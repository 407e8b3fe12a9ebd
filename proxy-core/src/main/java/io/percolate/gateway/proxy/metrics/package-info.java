/** What the gateway tells Prometheus: requests, the busiest tenants, the process. */
@NullMarked
package io.percolate.gateway.proxy.metrics;

import org.jspecify.annotations.NullMarked;
