/** When each tenant was last asked for, told to PostgreSQL in batches. */
@NullMarked
package io.percolate.gateway.proxy.activity;

import org.jspecify.annotations.NullMarked;
