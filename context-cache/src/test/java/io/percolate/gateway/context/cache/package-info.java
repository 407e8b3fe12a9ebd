@NullMarked
package io.percolate.gateway.context.cache;

import org.jspecify.annotations.NullMarked;
