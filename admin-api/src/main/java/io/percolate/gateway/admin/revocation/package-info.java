/** Tokens and sessions that gateways refuse before their time. */
@NullMarked
package io.percolate.gateway.admin.revocation;

import org.jspecify.annotations.NullMarked;
