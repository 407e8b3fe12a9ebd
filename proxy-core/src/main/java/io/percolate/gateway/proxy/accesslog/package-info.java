/** One line for each request, when asked for. */
@NullMarked
package io.percolate.gateway.proxy.accesslog;

import org.jspecify.annotations.NullMarked;
