/** Tier pods as the wake sees them: their rows in the management database, and their control calls. */
@NullMarked
package io.percolate.gateway.warmup.pod;

import org.jspecify.annotations.NullMarked;
