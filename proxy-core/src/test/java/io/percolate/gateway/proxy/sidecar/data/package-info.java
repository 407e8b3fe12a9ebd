/** Tests of this package. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.data;

import org.jspecify.annotations.NullMarked;
