/** What abuse of each kind does to the clients beside it. */
@NullMarked
package io.percolate.gateway.bench.abuse;

import org.jspecify.annotations.NullMarked;
