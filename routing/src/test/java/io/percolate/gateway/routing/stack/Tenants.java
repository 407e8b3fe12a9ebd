package io.percolate.gateway.routing.stack;

import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.TenantId;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;

/** Writes tenants by plain SQL. */
public final class Tenants {
    private Tenants() {}

    public static TenantId fresh() {
        return new TenantId(UUID.randomUUID());
    }

    public static TenantId insert(TestDatabase postgres, String tier) {
        TenantId tenant = fresh();
        insert(postgres, tenant, tier);
        return tenant;
    }

    public static void insert(TestDatabase postgres, TenantId tenant, String tier) {
        postgres.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant + "', '" + tenant
                + "@example.com', '" + tier + "')");
    }

    /** Many at once, without telling anybody. */
    public static void insertSilently(TestDatabase postgres, int count, String tier) {
        postgres.execute("BEGIN; SET LOCAL session_replication_role = replica;"
                + "INSERT INTO tenants (id, email, tier) SELECT gen_random_uuid(), 'silent' || i || '@' || random(), '"
                + tier + "' FROM generate_series(1, " + count + ") i;"
                + "INSERT INTO tenant_states (tenant_id) SELECT id FROM tenants ON CONFLICT DO NOTHING; COMMIT");
    }

    public static String tier(TestDatabase postgres, TenantId tenant) {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT tier FROM tenants WHERE id = '" + tenant + "'")) {
            return row.next() ? row.getString(1) : "none";
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    public static void setTier(TestDatabase postgres, TenantId tenant, String tier) {
        postgres.execute("UPDATE tenants SET tier = '" + tier + "' WHERE id = '" + tenant + "'");
    }
}
