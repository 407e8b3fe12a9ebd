/** Shards, their pods, and regions, as a gateway keeps them in memory; and how keys are mapped to shards. */
@NullMarked
package io.percolate.gateway.routing.topology;

import org.jspecify.annotations.NullMarked;
