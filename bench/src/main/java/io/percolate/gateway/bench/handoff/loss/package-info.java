/** {@code bench handoff --case loss}: a pod that dies and stays dead. */
@NullMarked
package io.percolate.gateway.bench.handoff.loss;

import org.jspecify.annotations.NullMarked;
