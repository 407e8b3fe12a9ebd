@NullMarked
package io.percolate.gateway.context.keys;

import org.jspecify.annotations.NullMarked;
