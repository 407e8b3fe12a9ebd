/** Planned moves of hot tenants from one pod to another: ordered by the management process, carried out under the wake's claim. */
@NullMarked
package io.percolate.gateway.warmup.handoff;

import org.jspecify.annotations.NullMarked;
