package io.percolate.gateway.admin.migration;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** Migrations as the API writes them down, without the API. */
public final class TestOrders {
    private TestOrders() {}

    public static Mono<UUID> insert(
            Statements transaction, MigrationKind kind, String target, List<TenantId> tenants, MigrationConfig config) {
        MigrationDraft draft =
                new MigrationDraft(kind, target, tenants, null, null, false, Pace.defaultOf(config), null);
        return MigrationRows.insert(transaction, kind, target, null, draft.pace(), null, "somebody")
                .flatMap(id -> MigrationRows.insertJobs(transaction, id, draft, tenants.size())
                        .thenReturn(id));
    }
}
