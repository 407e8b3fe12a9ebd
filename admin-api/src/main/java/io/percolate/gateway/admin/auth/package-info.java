/** Who may call the management API: bearer tokens of people and machines, and what each may do. */
@NullMarked
package io.percolate.gateway.admin.auth;

import org.jspecify.annotations.NullMarked;
