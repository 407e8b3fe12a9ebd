package io.percolate.gateway.routing.invalidation;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.ObjLongConsumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tells an observer which routes have changed.
 *
 * <p>A message on {@code percolate_routes} reads {@code tenant:version,tenant:version,...}, where a tenant's id is the
 * base64url form of its 16 bytes.
 */
public final class RouteChanges implements NewsFollower {
    private static final int PAGE_ROWS = 2_000;
    /** The statement that finds missed changes ($1 a transaction id, $2 a tenant), for who wants to see its plan. */
    public static final String MISSED_SQL = """
            SELECT tenant_id, version, changed_xid::text AS changed FROM (
                SELECT tenant_id, version, changed_xid FROM tenant_states
                UNION ALL
                SELECT tenant_id, version, changed_xid FROM tenant_tombstones) AS routes
            WHERE changed_xid >= $1::xid8 AND (changed_xid, tenant_id) >= ($1::xid8, $2)
            ORDER BY changed_xid, tenant_id LIMIT\s""" + PAGE_ROWS;
    /** Where the first page starts; each further one starts with the last row of the page before. */
    private static final UUID LOWEST = new UUID(0, 0);

    private final RouteObserver observer;
    private final int resyncMax;

    public RouteChanges(RouteObserver observer, NewsConfig config) {
        this.observer = observer;
        this.resyncMax = config.resyncMax();
    }

    @Override
    public String channel() {
        return "percolate_routes";
    }

    @Override
    public void received(String payload) {
        read(payload, observer::changed);
    }

    /** Takes a message apart. */
    public static void read(String payload, ObjLongConsumer<TenantId> change) {
        int from = 0;
        while (from < payload.length()) {
            int comma = payload.indexOf(',', from);
            int to = comma < 0 ? payload.length() : comma;
            int colon = payload.indexOf(':', from);
            if (colon < 0 || colon > to) {
                throw new IllegalArgumentException("expected tenant:version at character " + from);
            }
            change.accept(tenant(payload, from, colon), Long.parseLong(payload, colon + 1, to, 10));
            from = to + 1;
        }
    }

    private static TenantId tenant(String payload, int from, int to) {
        ByteBuffer id = ByteBuffer.wrap(Base64.getUrlDecoder().decode(payload.substring(from, to)));
        if (id.remaining() != 2 * Long.BYTES) {
            throw new IllegalArgumentException("expected 16 bytes of a tenant's id at character " + from);
        }
        return new TenantId(id.getLong(), id.getLong());
    }

    @Override
    public Mono<Void> catchUp(Statements statements, Gap gap) {
        return switch (gap) {
            case Gap.Since since -> report(statements, since);
            case Gap.Unknown unknown -> Mono.fromRunnable(observer::distrust);
            case Gap.OtherHistory other -> Mono.fromRunnable(observer::forget);
        };
    }

    @Override
    public void connected() {
        observer.connected();
    }

    @Override
    public void lost(long lastHeardNanos) {
        observer.lost(lastHeardNanos);
    }

    private Mono<Void> report(Statements statements, Gap.Since since) {
        return page(statements, since.xmin(), LOWEST)
                .expand(page -> page.size() < PAGE_ROWS
                        ? Mono.empty()
                        : page(
                                statements,
                                page.getLast().changed(),
                                page.getLast().tenant().value()))
                .concatMap(Flux::fromIterable, 1)
                .take(resyncMax + 1L)
                .index((position, change) -> {
                    if (position >= resyncMax) {
                        observer.distrust();
                    } else {
                        observer.changed(change.tenant(), change.version());
                    }
                    return change;
                })
                .then();
    }

    private static Mono<List<Change>> page(Statements statements, String fromXid, UUID afterTenant) {
        return statements.query(MISSED_SQL, Change::of, fromXid, afterTenant);
    }

    private record Change(TenantId tenant, long version, String changed) {
        static Change of(Readable row) {
            return new Change(
                    new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                    Objects.requireNonNull(row.get("version", Long.class)),
                    Objects.requireNonNull(row.get("changed", String.class)));
        }
    }
}
