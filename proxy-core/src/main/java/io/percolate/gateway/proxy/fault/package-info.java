/** Faults that are asked for, so that users can see how their clients take them. */
@NullMarked
package io.percolate.gateway.proxy.fault;

import org.jspecify.annotations.NullMarked;
