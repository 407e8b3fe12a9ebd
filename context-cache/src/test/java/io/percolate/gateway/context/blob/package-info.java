@NullMarked
package io.percolate.gateway.context.blob;

import org.jspecify.annotations.NullMarked;
