/** Which tenants a pod hosts, under which epoch, and how they come and go. */
@NullMarked
package io.percolate.gateway.bench.pod.host;

import org.jspecify.annotations.NullMarked;
