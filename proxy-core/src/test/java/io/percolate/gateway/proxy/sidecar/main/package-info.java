/** Tests of this package. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.main;

import org.jspecify.annotations.NullMarked;
