@NullMarked
package io.percolate.gateway.context;

import org.jspecify.annotations.NullMarked;
