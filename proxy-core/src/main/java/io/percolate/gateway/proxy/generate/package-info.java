/** Answers that a generator service makes of a cold tenant's context and the request's message. */
@NullMarked
package io.percolate.gateway.proxy.generate;

import org.jspecify.annotations.NullMarked;
