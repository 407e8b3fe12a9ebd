package io.percolate.gateway.routing.topology;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * One region: where other regions' gateways reach it, and who stands in for it.
 *
 * @param gateway null when nothing was told, or nothing that can be used
 * @param replica takes over when it is failed over; null for nobody
 */
public record Region(
        RegionId id, @Nullable URI gateway, @Nullable RegionId replica, boolean failedOver) {}
