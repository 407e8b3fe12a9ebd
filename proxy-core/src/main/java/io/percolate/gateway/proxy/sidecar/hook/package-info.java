/** How a sidecar has the application do what only it can: by its endpoints, by commands, or by its directory. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.hook;

import org.jspecify.annotations.NullMarked;
