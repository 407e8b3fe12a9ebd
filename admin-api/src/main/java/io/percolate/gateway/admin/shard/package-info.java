/** Shards and their groups: what there is, what a change would move, and the change itself. */
@NullMarked
package io.percolate.gateway.admin.shard;

import org.jspecify.annotations.NullMarked;
