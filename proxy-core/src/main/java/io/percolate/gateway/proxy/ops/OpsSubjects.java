package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.cold.ColdStartRules;
import io.percolate.gateway.proxy.metrics.GatewayMetrics;
import io.percolate.gateway.proxy.noise.TopTenants;
import io.percolate.gateway.proxy.resilience.PodStatus;
import io.percolate.gateway.routing.directory.RouteDirectory;
import java.util.List;
import java.util.function.Supplier;

/**
 * What of the process the ops listener shows and acts on.
 *
 * @param pods what is made of the pods that requests go to
 * @param topTenants those that took most in the last window
 * @param drain starts to take the process out of service, returns at once, and does nothing the second time
 */
public record OpsSubjects(
        Liveness liveness,
        Readiness readiness,
        GatewayMetrics metrics,
        RouteDirectory directory,
        ColdStartRules coldRules,
        LocalCaches caches,
        ExplainSubjects explain,
        Supplier<List<PodStatus>> pods,
        Supplier<TopTenants> topTenants,
        Runnable drain) {}
