package io.percolate.gateway.admin.pod;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Page;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.Tier;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** {@code /v1/pods}: the tier pods, their load and health. */
public final class PodResource {
    private final ManagementDatabase database;
    private final Duration heartbeatAgeMax;

    /** {@code heartbeatAgeMax}: a pod whose last heartbeat is older counts as dead. */
    public PodResource(ManagementDatabase database, Duration heartbeatAgeMax) {
        this.database = database;
        this.heartbeatAgeMax = heartbeatAgeMax;
    }

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection filter = new Selection();
        query.choice("tier", Tier.class).ifPresent(tier -> filter.where("p.tier = ?", Label.of(tier)));
        query.choice("status", PodStatus.class).ifPresent(status -> filter.where("p.status = ?", Label.of(status)));
        PageRequest page = query.page();
        page.after()
                .ifPresent(cursor -> filter.where("(p.registered_at, p.id) > (?, ?)", cursor.createdAt(), cursor.id()));
        query.finish();
        String sql = PodView.SELECT + filter.sql() + " ORDER BY p.registered_at, p.id LIMIT " + (page.limit() + 1);
        return database.inConnection(
                        statements -> statements.query(sql, row -> PodView.of(row, heartbeatAgeMax), filter.binds()))
                .map(rows -> Reply.json(200, Page.of(rows, page, PodView::cursor)));
    }
}
