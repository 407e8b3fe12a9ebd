/** Where a pod keeps what must outlive it: sealed contexts and snapshots. */
@NullMarked
package io.percolate.gateway.context.vault;

import org.jspecify.annotations.NullMarked;
