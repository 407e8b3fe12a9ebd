/** The sidecar: makes a tier pod of any HTTP application that runs beside it. */
@NullMarked
package io.percolate.gateway.proxy.sidecar;

import org.jspecify.annotations.NullMarked;
