package io.percolate.gateway.admin.shard;

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
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import io.percolate.gateway.routing.topology.ShardId;
import io.percolate.gateway.routing.topology.ShardStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * {@code /v1/shards}: the shards of each group, what a change of one would move, and the change.
 *
 * <p>A change is one transaction: the group's next generation, and a job of kind {@code shard} for each tenant that a pod
 * outside its new home has in memory. Gateways map keys by the new generation as soon as they hear of it; tenants that are
 * in no pod find their new home when they are woken.
 */
public final class ShardResource {
    private static final String NEW_REGION = "default";
    private static final int SHARDS_MAX = 10_000;

    private final ManagementDatabase database;

    public ShardResource(ManagementDatabase database) {
        this.database = database;
    }

    private record Group(String id, @Nullable Tier tier, long generation, List<Member> members) {
        Optional<Member> member(String shard) {
            return members.stream().filter(member -> member.id().equals(shard)).findFirst();
        }

        List<Node<ShardId>> active() {
            return members.stream()
                    .filter(member -> member.status() == ShardStatus.ACTIVE)
                    .map(member -> new Node<>(member.id(), member.weight(), new ShardId(member.id())))
                    .toList();
        }

        /** As it is after the change. */
        Group with(ShardChange change) {
            List<Member> changed = new ArrayList<>(members);
            changed.removeIf(member -> member.id().equals(change.id()));
            Member known = member(change.id()).orElse(new Member(change.id(), 1, ShardStatus.ACTIVE));
            changed.add(new Member(change.id(), change.weightOf(known.weight()), change.statusOf(known.status())));
            return new Group(id, change.tier() == null ? tier : change.tier(), generation, changed);
        }
    }

    private record Member(String id, double weight, ShardStatus status) {}

    public Mono<Reply> list(Call call) {
        Query query = call.query();
        Selection filter = new Selection();
        query.text("group", ShardId.LENGTH_MAX).ifPresent(group -> filter.where("s.shard_group = ?", group));
        query.choice("status", ShardStatus.class).ifPresent(status -> filter.where("s.status = ?", Label.of(status)));
        PageRequest page = query.page();
        page.after()
                .ifPresent(cursor -> filter.where("(s.created_at, s.id) > (?, ?)", cursor.createdAt(), cursor.id()));
        query.finish();
        String sql = ShardView.SELECT + filter.sql() + " ORDER BY s.created_at, s.id LIMIT " + (page.limit() + 1);
        return database.inConnection(statements -> statements.query(sql, ShardView::of, filter.binds()))
                .map(rows -> Reply.json(200, Page.of(rows, page, ShardView::cursor)));
    }

    /** What the change in the body would move; nothing is changed. */
    public Mono<Reply> plan(Call call) {
        ShardChange change = ShardChange.ofNew(call.json());
        return database.inConnection(sql -> group(sql, change.group(), false)
                        .flatMap(now -> resharding(sql, now, change)
                                .map(resharding -> resharding.plan(now.id(), now.generation()))))
                .map(plan -> Reply.json(200, plan));
    }

    public Mono<Reply> create(Call call) {
        ShardChange change = ShardChange.ofNew(call.json());
        return apply(call, change, change.group(), AuditAction.SHARD_CREATED)
                .map(view -> Reply.json(201, view, Map.of("Location", "/v1/shards/" + change.id())));
    }

    public Mono<Reply> patch(Call call) {
        return changed(call, ShardChange.ofKnown(call.name(), call.json()));
    }

    /** No key is mapped to it any more; tenants that are pinned to it stay. */
    public Mono<Reply> drain(Call call) {
        return changed(call, ShardChange.draining(call.name()));
    }

    private Mono<Reply> changed(Call call, ShardChange change) {
        return apply(call, change, null, AuditAction.SHARD_UPDATED).map(view -> Reply.json(200, view));
    }

    /** @param newIn the group of a shard that must not be there yet; null for one that must */
    private Mono<ShardView> apply(Call call, ShardChange change, @Nullable String newIn, AuditAction action) {
        return database.inTransaction(sql -> (newIn == null ? groupOf(sql, change.id()) : made(sql, newIn))
                .flatMap(id -> group(sql, id, true))
                .flatMap(now -> {
                    refuse(now, change, newIn != null);
                    return notPinned(sql, change)
                            .then(Mono.defer(() -> write(sql, now, change, newIn != null)))
                            .then(Mono.defer(() -> resharding(sql, now, change)))
                            .flatMap(resharding -> resharding.writeJobs(sql))
                            .flatMap(jobs -> AuditLog.append(
                                    sql,
                                    call.caller(),
                                    action,
                                    null,
                                    change.metadata().put("jobs", jobs)));
                })
                .then(sql.queryFirst(ShardView.SELECT + " WHERE s.id = $1", ShardView::of, change.id()))
                .map(Optional::orElseThrow));
    }

    private static void refuse(Group now, ShardChange change, boolean isNew) {
        if (change.generation() != null && change.generation() != now.generation()) {
            throw Problem.of(
                            ProblemKind.GENERATION_STALE,
                            "group " + now.id() + " is at generation " + now.generation()
                                    + ", the change was planned for " + change.generation() + ": plan it again")
                    .toException();
        }
        if (isNew && now.member(change.id()).isPresent()) {
            throw exists(change.id());
        }
    }

    private static RuntimeException exists(String id) {
        return Problem.of(ProblemKind.SHARD_EXISTS, "there is a shard " + id + " already")
                .toException();
    }

    private static Mono<Void> notPinned(Statements sql, ShardChange change) {
        if (change.status() != ShardStatus.RETIRED) {
            return Mono.empty();
        }
        return sql.query(
                        "SELECT count(*) AS pinned FROM tenants WHERE shard_id = $1 AND status <> 'deleted'",
                        row -> Objects.requireNonNull(row.get("pinned", Long.class)),
                        change.id())
                .flatMap(rows -> rows.getFirst() == 0
                        ? Mono.empty()
                        : Mono.error(Problem.of(
                                        ProblemKind.SHARD_IN_USE,
                                        rows.getFirst() + " tenants are pinned to shard " + change.id()
                                                + ": move or unpin them first")
                                .toException()));
    }

    private static Mono<Long> write(Statements sql, Group now, ShardChange change, boolean isNew) {
        Mono<Long> tier = change.tier() == null
                ? Mono.just(0L)
                : sql.update(
                        "UPDATE shard_groups SET tier = $2, generation = generation + 1 WHERE id = $1"
                                + " AND tier IS DISTINCT FROM $2",
                        now.id(),
                        change.tier().name());
        Member known = now.member(change.id()).orElse(new Member(change.id(), 1, ShardStatus.ACTIVE));
        double weight = change.weightOf(known.weight());
        String status = Label.of(change.statusOf(known.status()));
        Mono<Long> shard = isNew
                ? sql.update(
                                "INSERT INTO shards (id, shard_group, weight, status, region) VALUES ($1, $2, $3, $4, $5)"
                                        + " ON CONFLICT DO NOTHING",
                                change.id(),
                                now.id(),
                                weight,
                                status,
                                Objects.requireNonNullElse(change.region(), NEW_REGION))
                        .flatMap(rows -> rows == 1 ? Mono.just(rows) : Mono.error(exists(change.id())))
                : sql.update(
                        "UPDATE shards SET weight = $2, status = $3, region = COALESCE($4, region) WHERE id = $1",
                        change.id(),
                        weight,
                        status,
                        Statements.nullable(change.region(), String.class));
        return regionKnown(sql, change).then(tier).then(shard);
    }

    private static Mono<Void> regionKnown(Statements sql, ShardChange change) {
        return change.region() == null
                ? Mono.empty()
                : sql.queryFirst("SELECT id FROM regions WHERE id = $1", row -> true, change.region())
                        .flatMap(found -> found.isPresent()
                                ? Mono.empty()
                                : Mono.error(Problem.ofField("region", "there is no such region")
                                        .toException()));
    }

    private static Mono<Resharding> resharding(Statements sql, Group now, ShardChange change) {
        Group then = now.with(change);
        return new Resharding(then.tier(), now.active(), then.active()).run(sql);
    }

    private static Mono<String> groupOf(Statements sql, String shard) {
        return sql.queryFirst(
                        "SELECT shard_group FROM shards WHERE id = $1",
                        row -> Objects.requireNonNull(row.get("shard_group", String.class)),
                        shard)
                .map(found ->
                        found.orElseThrow(() -> Problem.of(ProblemKind.SHARD_UNKNOWN, "there is no shard " + shard)
                                .toException()));
    }

    /** The group is made with its first shard; before that, so that it can be locked. */
    private static Mono<String> made(Statements sql, String group) {
        return sql.update("INSERT INTO shard_groups (id, generation) VALUES ($1, 0) ON CONFLICT DO NOTHING", group)
                .thenReturn(group);
    }

    private static Mono<Group> group(Statements sql, @Nullable String id, boolean locked) {
        String group = Objects.requireNonNull(id);
        Mono<Optional<Group>> row = sql.queryFirst(
                "SELECT tier, generation FROM shard_groups WHERE id = $1" + (locked ? " FOR UPDATE" : ""),
                found -> new Group(
                        group,
                        found.get("tier", String.class) == null
                                ? null
                                : Tier.valueOf(Objects.requireNonNull(found.get("tier", String.class))),
                        Objects.requireNonNull(found.get("generation", Long.class)),
                        List.of()),
                group);
        Mono<List<Member>> members = sql.query(
                "SELECT id, weight, status FROM shards WHERE shard_group = $1 ORDER BY id LIMIT " + SHARDS_MAX,
                found -> new Member(
                        Objects.requireNonNull(found.get("id", String.class)),
                        Objects.requireNonNull(found.get("weight", Double.class)),
                        Label.parse(ShardStatus.class, Objects.requireNonNull(found.get("status", String.class)))
                                .orElseThrow()),
                group);
        return row.flatMap(found ->
                members.map(all -> found.map(known -> new Group(group, known.tier(), known.generation(), all))
                        .orElse(new Group(group, null, 0, List.of()))));
    }
}
