/** The command line of the sidecar. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.main;

import org.jspecify.annotations.NullMarked;
