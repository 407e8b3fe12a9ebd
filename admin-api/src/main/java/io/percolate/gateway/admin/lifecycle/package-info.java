/** Tenants that nobody uses, or that others need the room of, on their way from hot to warm to cold. */
@NullMarked
package io.percolate.gateway.admin.lifecycle;

import org.jspecify.annotations.NullMarked;
