/** The path of a request, in the order of its stages; decisions only, no channels. */
@NullMarked
package io.percolate.gateway.proxy.path;

import org.jspecify.annotations.NullMarked;
