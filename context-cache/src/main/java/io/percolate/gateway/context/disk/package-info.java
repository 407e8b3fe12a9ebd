/** Sealed contexts on local disk, below those in memory: bounded, checked, and there again after a restart. */
@NullMarked
package io.percolate.gateway.context.disk;

import org.jspecify.annotations.NullMarked;
