/** The sidecar before real servers. */
@NullMarked
package io.percolate.gateway.proxy.sidecar;

import org.jspecify.annotations.NullMarked;
