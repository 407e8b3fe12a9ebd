/** Where blobs lie: one S3 bucket, one key a tenant. */
@NullMarked
package io.percolate.gateway.context.store;

import org.jspecify.annotations.NullMarked;
