/** Tenants as the management API sees them: provisioned, changed, found, woken. */
@NullMarked
package io.percolate.gateway.admin.tenant;

import org.jspecify.annotations.NullMarked;
