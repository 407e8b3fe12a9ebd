/** What every process of the fleet does alike: its log, its signals, its parent. */
@NullMarked
package io.percolate.gateway.routing.process;

import org.jspecify.annotations.NullMarked;
