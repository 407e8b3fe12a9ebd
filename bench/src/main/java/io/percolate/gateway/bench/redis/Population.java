package io.percolate.gateway.bench.redis;

import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.SplittableRandom;
import java.util.UUID;

/** Tenants whose ids follow from their numbers. */
record Population(int size) {
    static Population insert(TestDatabase database, int size) {
        database.execute("INSERT INTO tenants (id, email, tier)"
                + " SELECT ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '@example.com', 'B'"
                + " FROM generate_series(0, " + (size - 1) + ") n");
        database.execute("ANALYZE");
        return new Population(size);
    }

    TenantId any(SplittableRandom random) {
        return new TenantId(new UUID(0x4000L, 0x8000_0000_0000_0000L | random.nextInt(size)));
    }
}
