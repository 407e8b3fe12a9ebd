package io.percolate.gateway.proxy.sidecar.host;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * To load a tenant under an epoch.
 *
 * @param restoreFrom where its data are, a snapshot or another pod's export; null for those here
 */
record LoadRequest(long epoch, @Nullable URI restoreFrom) {}
