package io.percolate.gateway.proxy.activity;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import reactor.core.publisher.Mono;

/**
 * Last accesses in {@code tenant_states.last_access_at}, which moves no version.
 *
 * <p>One statement for all tenants, times by the database's clock. A row is written only when the access is newer than
 * what stands there by the resolution, so that many gateways serving one tenant write little more than one would. A
 * row that somebody is changing right now is skipped rather than waited for: the tenant's next access tells the same,
 * and no flush ever stands in a deadlock.
 */
final class PostgresActivityStore implements ActivityStore {
    private static final String TOUCH = """
            WITH accessed AS (
                SELECT s.tenant_id, now() - a.age_millis * interval '1 millisecond' AS accessed_at
                FROM unnest($1::uuid[], $2::bigint[]) AS a(tenant_id, age_millis)
                JOIN tenant_states s USING (tenant_id)
                WHERE s.last_access_at + $3::bigint * interval '1 millisecond'
                    < now() - a.age_millis * interval '1 millisecond'
                FOR NO KEY UPDATE OF s SKIP LOCKED)
            UPDATE tenant_states s SET last_access_at = accessed.accessed_at
            FROM accessed WHERE s.tenant_id = accessed.tenant_id
            """;

    private final Statements statements;
    private final Duration resolution;

    PostgresActivityStore(Statements statements, Duration resolution) {
        this.statements = statements;
        this.resolution = resolution;
    }

    @Override
    public Mono<Long> touch(Map<TenantId, Duration> ages) {
        UUID[] tenants = new UUID[ages.size()];
        Long[] ageMillis = new Long[ages.size()];
        int row = 0;
        for (Map.Entry<TenantId, Duration> age : ages.entrySet()) {
            tenants[row] = age.getKey().value();
            ageMillis[row] = age.getValue().toMillis();
            row++;
        }
        return statements.update(TOUCH, tenants, ageMillis, resolution.toMillis());
    }
}
