/** Pods of the tiers in a cluster: found, kept in the registry, and as many as tenants need. Decisions and SQL. */
@NullMarked
package io.percolate.gateway.admin.scaling;

import org.jspecify.annotations.NullMarked;
