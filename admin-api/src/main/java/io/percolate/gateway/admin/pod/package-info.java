/** Tier pods as the management API sees them. */
@NullMarked
package io.percolate.gateway.admin.pod;

import org.jspecify.annotations.NullMarked;
