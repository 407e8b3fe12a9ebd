package io.percolate.gateway.admin.main;

import io.percolate.gateway.admin.audit.AuditResource;
import io.percolate.gateway.admin.event.EventResource;
import io.percolate.gateway.admin.flush.FlushResource;
import io.percolate.gateway.admin.http.Route;
import io.percolate.gateway.admin.migration.MigrationResource;
import io.percolate.gateway.admin.migration.drain.DrainResource;
import io.percolate.gateway.admin.pod.PodResource;
import io.percolate.gateway.admin.rebalance.RebalanceResource;
import io.percolate.gateway.admin.revocation.RevocationResource;
import io.percolate.gateway.admin.schedule.WakeScheduleResource;
import io.percolate.gateway.admin.shard.ShardResource;
import io.percolate.gateway.admin.tenant.RouteResource;
import io.percolate.gateway.admin.tenant.TenantResource;
import io.percolate.gateway.admin.tenant.UsageResource;
import java.time.Duration;
import java.util.List;

/** All that the management API answers. */
record ManagementRoutes(
        TenantResource tenants,
        RouteResource routes,
        WakeScheduleResource schedules,
        UsageResource usage,
        PodResource pods,
        ShardResource shards,
        DrainResource drains,
        MigrationResource migrations,
        RebalanceResource rebalance,
        FlushResource flushes,
        RevocationResource revocations,
        AuditResource audit,
        EventResource events,
        HealthResource health,
        MetricsResource metrics,
        OpenApiResource openApi) {

    /** Every tenant of a tier is looked at. */
    private static final Duration RESHARDING_MAX = Duration.ofMinutes(1);

    /** Each is also in {@code openapi.yaml}. */
    List<Route> table(AdminConfig config) {
        return List.of(
                Route.open("/health", health::alive),
                Route.open("/ready", health::ready),
                Route.open("/metrics", metrics::get),
                Route.open("/openapi.yaml", openApi::get),
                Route.post("/v1/tenants", tenants::create),
                Route.get("/v1/tenants", tenants::list),
                Route.get("/v1/tenants/{id}", tenants::get),
                Route.patch("/v1/tenants/{id}", tenants::patch),
                Route.delete("/v1/tenants/{id}", tenants::delete),
                Route.get("/v1/tenants/{id}/route", routes::get),
                Route.act("/v1/tenants/{id}/wake", routes::wake).within(config.wakeTimeout()),
                Route.act("/v1/tenants/{id}/evict", routes::evict).within(config.wakeTimeout()),
                Route.put("/v1/tenants/{id}/wake-schedule", schedules::put),
                Route.get("/v1/tenants/{id}/wake-schedule", schedules::get),
                Route.delete("/v1/tenants/{id}/wake-schedule", schedules::delete),
                Route.get("/v1/tenants/{id}/usage", usage::get),
                Route.post("/v1/tenants/{id}/move", migrations::move),
                Route.post("/v1/tenants/{id}/migrations", migrations::createForTenant),
                Route.get("/v1/tenants/{id}/migrations", migrations::jobsOfTenant),
                Route.get("/v1/pods", pods::list),
                Route.get("/v1/shards", shards::list),
                Route.post("/v1/shards", shards::create).within(RESHARDING_MAX),
                Route.post("/v1/shards/plan", shards::plan).within(RESHARDING_MAX),
                Route.patch("/v1/shards/{id}", shards::patch).within(RESHARDING_MAX),
                Route.act("/v1/shards/{id}/drain", shards::drain).within(RESHARDING_MAX),
                Route.post("/v1/pods/{pod}/drain", drains::drain),
                Route.get("/v1/pods/{pod}/drain", drains::get).within(DrainResource.deadline()),
                Route.act("/v1/pods/{pod}/undrain", drains::undrain),
                Route.act("/v1/pods/{pod}/give-up", drains::giveUp),
                Route.post("/v1/migrations", migrations::create),
                Route.get("/v1/migrations", migrations::list),
                Route.get("/v1/migrations/{id}", migrations::get),
                Route.get("/v1/migrations/{id}/jobs", migrations::jobs),
                Route.act("/v1/migrations/{id}/pause", migrations::pause),
                Route.act("/v1/migrations/{id}/resume", migrations::resume),
                Route.act("/v1/migrations/{id}/cancel", migrations::cancel),
                Route.post("/v1/rebalance", rebalance::plan),
                Route.post("/v1/caches/flush", flushes::flush)
                        .within(config.flushWait().plus(config.http().requestTimeout())),
                Route.post("/v1/revocations", revocations::create),
                Route.get("/v1/revocations", revocations::list),
                Route.delete("/v1/revocations/{id}", revocations::delete),
                Route.get("/v1/audit", audit::list),
                Route.get("/v1/events", events::stream).stream());
    }
}
