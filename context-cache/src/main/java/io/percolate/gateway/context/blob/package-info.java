/** The sealed form of a tenant's context and of its data snapshots: zstd inside streaming authenticated encryption. */
@NullMarked
package io.percolate.gateway.context.blob;

import org.jspecify.annotations.NullMarked;
