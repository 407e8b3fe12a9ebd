package io.percolate.gateway.admin.audit;

import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Page;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import reactor.core.publisher.Mono;

/** {@code /v1/audit}: the audit log, newest first. */
public final class AuditResource {
    private static final int ACTOR_LENGTH_MAX = 255;
    private static final int ACTION_LENGTH_MAX = 100;

    private final ManagementDatabase database;

    public AuditResource(ManagementDatabase database) {
        this.database = database;
    }

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection selection = new Selection();
        query.tenant("tenant").ifPresent(tenant -> selection.where("tenant_id = ?", tenant.value()));
        query.text("actor", ACTOR_LENGTH_MAX).ifPresent(actor -> selection.where("actor = ?", actor));
        query.text("action", ACTION_LENGTH_MAX).ifPresent(action -> selection.where("action = ?", action));
        PageRequest page = query.page();
        page.after()
                .ifPresent(cursor -> selection.where("(created_at, id) < (?, ?)", cursor.createdAt(), cursor.uuid()));
        query.finish();
        String sql = "SELECT " + AuditRow.COLUMNS + " FROM audit_log" + selection.sql()
                + " ORDER BY created_at DESC, id DESC LIMIT " + (page.limit() + 1);
        return database.inConnection(statements -> statements.query(sql, AuditRow::of, selection.binds()))
                .map(rows -> Reply.json(200, Page.of(rows, page, AuditRow::cursor)));
    }
}
