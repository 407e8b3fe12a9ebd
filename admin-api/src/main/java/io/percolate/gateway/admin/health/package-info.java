/** Pods that fail, and what is done for their tenants: suspicion, loss, return, and snapshots taken beforehand. */
@NullMarked
package io.percolate.gateway.admin.health;

import org.jspecify.annotations.NullMarked;
