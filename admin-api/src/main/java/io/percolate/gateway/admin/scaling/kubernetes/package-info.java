/** The cluster, by Kubernetes' API through fabric8's client. Nothing outside of this package knows either. */
@NullMarked
package io.percolate.gateway.admin.scaling.kubernetes;

import org.jspecify.annotations.NullMarked;
