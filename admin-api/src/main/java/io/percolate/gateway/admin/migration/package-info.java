/** Planned moves of tenants, as people order and watch them: a migration, and a durable job for each tenant. */
@NullMarked
package io.percolate.gateway.admin.migration;

import org.jspecify.annotations.NullMarked;
