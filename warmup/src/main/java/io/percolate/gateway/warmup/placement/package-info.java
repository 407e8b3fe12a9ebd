/** What a wake has to do, which pod a tenant goes to, and where its data is fetched from: decisions, no I/O. */
@NullMarked
package io.percolate.gateway.warmup.placement;

import org.jspecify.annotations.NullMarked;
