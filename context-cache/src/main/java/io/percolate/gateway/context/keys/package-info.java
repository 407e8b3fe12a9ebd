/** The keys that seal tenants' blobs: one keyset a version, wrapped by a key-encryption key, kept in PostgreSQL. */
@NullMarked
package io.percolate.gateway.context.keys;

import org.jspecify.annotations.NullMarked;
