/** Pods of a tier loaded alike: what would be moved and why, and moving it. */
@NullMarked
package io.percolate.gateway.admin.rebalance;

import org.jspecify.annotations.NullMarked;
