/** A tenant's data on a pod: one RocksDB a tenant, and the folder that it lives in. Every call blocks. */
@NullMarked
package io.percolate.gateway.bench.pod.store;

import org.jspecify.annotations.NullMarked;
