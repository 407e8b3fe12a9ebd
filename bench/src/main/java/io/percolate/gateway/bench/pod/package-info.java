/** The reference tier pod: the contract of a tier pod over real RocksDB, small enough to read. */
@NullMarked
package io.percolate.gateway.bench.pod;

import org.jspecify.annotations.NullMarked;
