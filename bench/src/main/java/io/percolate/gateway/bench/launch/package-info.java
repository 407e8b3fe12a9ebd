/** How the packaged processes are started. */
@NullMarked
package io.percolate.gateway.bench.launch;

import org.jspecify.annotations.NullMarked;
