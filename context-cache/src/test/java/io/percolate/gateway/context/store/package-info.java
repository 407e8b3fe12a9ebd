@NullMarked
package io.percolate.gateway.context.store;

import org.jspecify.annotations.NullMarked;
