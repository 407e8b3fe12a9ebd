/** What happened to each request: the timeline that the path fills in, and who reads it. */
@NullMarked
package io.percolate.gateway.proxy.record;

import org.jspecify.annotations.NullMarked;
