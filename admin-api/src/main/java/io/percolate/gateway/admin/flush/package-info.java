/** Flushing caches of the whole fleet. */
@NullMarked
package io.percolate.gateway.admin.flush;

import org.jspecify.annotations.NullMarked;
