/** Planned moves of tenants: orders of people, a durable job for each tenant, and the workers that carry them out. */
@NullMarked
package io.percolate.gateway.admin.migration;

import org.jspecify.annotations.NullMarked;
