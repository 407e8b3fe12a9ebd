package io.percolate.gateway.admin.revocation;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.admin.http.Page;
import io.percolate.gateway.admin.http.PageRequest;
import io.percolate.gateway.admin.http.Problem;
import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.admin.http.Selection;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * {@code /v1/revocations}: tokens and sessions that every gateway refuses from now on, and ends the long answers of.
 *
 * <p>Revoking the same again is no second revocation: it answers the first, its end moved out if need be.
 */
public final class RevocationResource {
    /** Each gateway keeps them all in memory, some 300 bytes each. */
    private static final int LIVE_MAX = 100_000;
    /** Each revocation sweeps a few that have ended, so that nobody has to sweep all. */
    private static final int SWEPT_MAX = 16;

    private final ManagementDatabase database;

    public RevocationResource(ManagementDatabase database) {
        this.database = database;
    }

    private record Written(RevocationView view, boolean created) {}

    public Mono<Reply> create(Call call) {
        RevocationDraft draft = RevocationDraft.read(call.json());
        return database.inTransaction(transaction -> sweep(transaction)
                        .then(refuseTooMany(transaction))
                        .then(write(transaction, draft))
                        .flatMap(written -> AuditLog.append(
                                        transaction,
                                        call.caller(),
                                        AuditAction.REVOCATION_CREATED,
                                        null,
                                        draft.metadata())
                                .thenReturn(written)))
                .map(written -> Reply.json(
                        written.created() ? 201 : 200,
                        written.view(),
                        Map.of("Location", "/v1/revocations/" + written.view().id())));
    }

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection filter = new Selection();
        filter.where("expires_at > now()");
        query.choice("kind", RevocationKind.class).ifPresent(kind -> filter.where("kind = ?", Label.of(kind)));
        query.text("value", 255).ifPresent(value -> filter.where("value = ?", value));
        PageRequest page = query.page();
        page.after().ifPresent(cursor -> filter.where("(created_at, id) > (?, ?)", cursor.createdAt(), cursor.uuid()));
        query.finish();
        String sql = "SELECT " + RevocationView.COLUMNS + " FROM token_revocations" + filter.sql()
                + " ORDER BY created_at, id LIMIT " + (page.limit() + 1);
        return database.inConnection(statements -> statements.query(sql, RevocationView::of, filter.binds()))
                .map(rows -> Reply.json(200, Page.of(rows, page, RevocationView::cursor)));
    }

    /** Lifts it: the token is accepted again if it is still good. */
    public Mono<Reply> delete(Call call) {
        UUID id = call.id("a revocation");
        return database.inTransaction(transaction -> transaction
                        .queryFirst(
                                "DELETE FROM token_revocations WHERE id = $1 RETURNING " + RevocationView.COLUMNS,
                                RevocationView::of,
                                id)
                        .map(found -> found.orElseThrow(
                                () -> Problem.of(ProblemKind.REVOCATION_UNKNOWN, "there is no revocation " + id)
                                        .toException()))
                        .flatMap(lifted -> AuditLog.append(
                                transaction, call.caller(), AuditAction.REVOCATION_LIFTED, null, lifted.metadata())))
                .map(done -> Reply.noContent());
    }

    private static Mono<Written> write(Statements transaction, RevocationDraft draft) {
        return transaction
                .query(
                        """
                        INSERT INTO token_revocations AS r (kind, value, issuer, reason, expires_at)
                        VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')
                        ON CONFLICT ON CONSTRAINT token_revocations_once DO UPDATE SET
                            expires_at = GREATEST(r.expires_at, EXCLUDED.expires_at),
                            reason = COALESCE(EXCLUDED.reason, r.reason)
                        RETURNING id, kind, value, issuer, reason, expires_at, created_at, xmax = 0 AS created
                        """,
                        row -> new Written(
                                RevocationView.of(row), Objects.requireNonNull(row.get("created", Boolean.class))),
                        Label.of(draft.kind()),
                        draft.value(),
                        draft.issuer(),
                        Statements.nullable(draft.reason(), String.class),
                        draft.seconds())
                .map(rows -> rows.getFirst());
    }

    private static Mono<Void> refuseTooMany(Statements transaction) {
        return transaction
                .query(
                        "SELECT count(*) AS live FROM token_revocations",
                        row -> Objects.requireNonNull(row.get("live", Long.class)))
                .flatMap(rows -> rows.getFirst() < LIVE_MAX
                        ? Mono.empty()
                        : Mono.error(Problem.of(
                                        ProblemKind.REVOCATIONS_EXHAUSTED,
                                        "there are " + LIVE_MAX + " revocations already: flush the issuer's keys, or"
                                                + " suspend tenants, instead of revoking token by token")
                                .toException()));
    }

    private static Mono<Long> sweep(Statements transaction) {
        return transaction.update("""
                DELETE FROM token_revocations WHERE id IN (
                    SELECT id FROM token_revocations WHERE expires_at < now() - interval '1 minute'
                    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
                """, SWEPT_MAX);
    }
}
