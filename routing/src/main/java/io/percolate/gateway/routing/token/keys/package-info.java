/** The keys that verify signatures: key sets from a URL or a file, kept fresh in the background. */
@NullMarked
package io.percolate.gateway.routing.token.keys;

import org.jspecify.annotations.NullMarked;
