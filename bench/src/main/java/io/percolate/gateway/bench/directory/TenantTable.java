package io.percolate.gateway.bench.directory;

import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Tenants by number: their ids are digests, so that neighbours lie apart in every index. */
final class TenantTable {
    static final int PODS = 500;

    private TenantTable() {}

    /** What {@code md5(number::text)::uuid} is in PostgreSQL. */
    static TenantId id(int number) {
        try {
            ByteBuffer digest = ByteBuffer.wrap(MessageDigest.getInstance("MD5")
                    .digest(Integer.toString(number).getBytes(StandardCharsets.US_ASCII)));
            return new TenantId(digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Makes tenants 1 to count, hot in 500 pods, each with a schema of its own; triggers sleep meanwhile. */
    static void fill(TestDatabase postgres, int count) {
        postgres.execute("BEGIN; SET LOCAL session_replication_role = replica;"
                + "INSERT INTO pods (id, tier, host, port, capacity) SELECT 'tier-b-' || i, 'B',"
                + " '10.0.' || i / 250 || '.' || i % 250, 8000, 12 FROM generate_series(0, " + (PODS - 1) + ") i;"
                + "INSERT INTO tenants (id, email, tier, schema_name) SELECT md5(i::text)::uuid, 'tenant' || i"
                + " || '@example.com', (ARRAY['A','B','C'])[1 + i % 3], 'tenant_' || i FROM generate_series(1, "
                + count + ") i;"
                + "INSERT INTO tenant_states (tenant_id, state, pod_id, epoch) SELECT md5(i::text)::uuid, 'hot',"
                + " 'tier-b-' || i % " + PODS + ", 1 FROM generate_series(1, " + count + ") i; COMMIT");
        for (String table : new String[] {"pods", "tenants", "tenant_states", "tenant_tombstones"}) {
            postgres.execute("VACUUM (ANALYZE) " + table);
        }
    }
}
