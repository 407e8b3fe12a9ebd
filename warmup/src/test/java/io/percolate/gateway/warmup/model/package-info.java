/** An explicit-state model of how one tenant is placed, woken, moved and evicted; docs/placement-model.md tells of it. */
@NullMarked
package io.percolate.gateway.warmup.model;

import org.jspecify.annotations.NullMarked;
