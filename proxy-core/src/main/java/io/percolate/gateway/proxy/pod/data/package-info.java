/** A tenant's data on their way from and to a pod's disk. */
@NullMarked
package io.percolate.gateway.proxy.pod.data;

import org.jspecify.annotations.NullMarked;
