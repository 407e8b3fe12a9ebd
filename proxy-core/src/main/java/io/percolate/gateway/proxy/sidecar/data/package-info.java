/** What a sidecar keeps on disk: where each tenant stands, and tenants' directories and their tar streams. Every call blocks, but those that say otherwise. */
@NullMarked
package io.percolate.gateway.proxy.sidecar.data;

import org.jspecify.annotations.NullMarked;
