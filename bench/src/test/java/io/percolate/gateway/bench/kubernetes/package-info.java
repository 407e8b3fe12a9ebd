/** The tree {@code k8s/}, read without a cluster and held against the code. */
@NullMarked
package io.percolate.gateway.bench.kubernetes;

import org.jspecify.annotations.NullMarked;
