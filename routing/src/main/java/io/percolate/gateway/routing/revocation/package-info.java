/** Tokens and sessions that are refused before their time. */
@NullMarked
package io.percolate.gateway.routing.revocation;

import org.jspecify.annotations.NullMarked;
