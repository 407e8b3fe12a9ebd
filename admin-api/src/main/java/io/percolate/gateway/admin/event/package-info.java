/** What changes in the fleet, as a stream for people and tools. */
@NullMarked
package io.percolate.gateway.admin.event;

import org.jspecify.annotations.NullMarked;
