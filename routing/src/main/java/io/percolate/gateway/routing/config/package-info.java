/** Configuration parsed once, every problem reported together. */
@NullMarked
package io.percolate.gateway.routing.config;

import org.jspecify.annotations.NullMarked;
