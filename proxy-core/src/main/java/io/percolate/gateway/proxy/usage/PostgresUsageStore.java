package io.percolate.gateway.proxy.usage;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * Requests by month in {@code tenant_usage}.
 *
 * <p>A batch's number is written in the statement that adds the batch, so that one whose answer was lost is found out when
 * it is sent again. Rows are taken in the order of ids, so that gateways wait for each other but never in a circle. Tenants
 * that are gone are left out.
 */
final class PostgresUsageStore implements UsageStore {
    private static final String ADD = """
            WITH turn AS (
                INSERT INTO tenant_usage_batches AS last (gateway_id, batch) VALUES ($1, $2)
                ON CONFLICT (gateway_id) DO UPDATE SET batch = EXCLUDED.batch, written_at = now()
                WHERE last.batch < EXCLUDED.batch RETURNING 1)
            INSERT INTO tenant_usage AS used (tenant_id, month, requests)
            SELECT t.id, $3, counted.requests
            FROM unnest($4::uuid[], $5::bigint[]) AS counted(tenant_id, requests)
            JOIN tenants t ON t.id = counted.tenant_id
            WHERE EXISTS (SELECT 1 FROM turn)
            ORDER BY t.id
            ON CONFLICT (tenant_id, month)
            DO UPDATE SET requests = used.requests + EXCLUDED.requests, updated_at = now()
            """;
    private static final String TOTALS =
            "SELECT tenant_id, requests FROM tenant_usage WHERE month = $1 AND tenant_id = ANY($2::uuid[])";
    /** Gateways that are gone send no batch again. */
    private static final String PRUNE =
            "DELETE FROM tenant_usage_batches WHERE written_at < now() - interval '1 day' AND gateway_id <> $1";

    private final Statements statements;
    private final UUID gateway;

    PostgresUsageStore(Statements statements, UUID gateway) {
        this.statements = statements;
        this.gateway = gateway;
    }

    @Override
    public Mono<Map<TenantId, Long>> add(long batch, LocalDate month, Map<TenantId, Long> requests) {
        UUID[] tenants = new UUID[requests.size()];
        Long[] counts = new Long[requests.size()];
        int row = 0;
        for (Map.Entry<TenantId, Long> each : requests.entrySet()) {
            tenants[row] = each.getKey().value();
            counts[row] = each.getValue();
            row++;
        }
        Mono<Long> pruned = batch == 1 ? statements.update(PRUNE, gateway) : Mono.just(0L);
        return pruned.then(statements.update(ADD, gateway, batch, month, tenants, counts))
                .then(statements.query(
                        TOTALS,
                        found -> Map.entry(
                                new TenantId(Objects.requireNonNull(found.get("tenant_id", UUID.class))),
                                Objects.requireNonNull(found.get("requests", Long.class))),
                        month,
                        tenants))
                .map(rows -> {
                    Map<TenantId, Long> totals = HashMap.newHashMap(rows.size());
                    rows.forEach(total -> totals.put(total.getKey(), total.getValue()));
                    return totals;
                });
    }
}
