/** Tenants that are woken ahead, at a time of day. */
@NullMarked
package io.percolate.gateway.admin.schedule;

import org.jspecify.annotations.NullMarked;
