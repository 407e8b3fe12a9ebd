package io.percolate.gateway.routing.invalidation;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/** What the triggers say when a transaction has changed routes. */
class AnnouncementsTest {
    private static final int PAYLOAD_BYTES_MAX = 7_999;

    private TestDatabase postgres;
    private Connection listening;

    @BeforeEach
    void start() throws SQLException {
        postgres = PostgresFixture.freshDatabase();
        listening = postgres.connect();
        run("LISTEN percolate_routes; LISTEN percolate_end");
    }

    @AfterEach
    void stop() throws SQLException {
        listening.close();
        postgres.close();
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = listening.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String query) throws SQLException {
        try (Statement statement = listening.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    /** Every message on the routes' channel so far; ends with a message of its own, which comes after all of them. */
    private List<String> messages() throws SQLException {
        postgres.execute("NOTIFY percolate_end");
        List<String> messages = new ArrayList<>();
        while (true) {
            PGNotification[] arrived = listening.unwrap(PGConnection.class).getNotifications(10_000);
            assertThat(arrived).as("messages, before the time was up").isNotEmpty();
            for (PGNotification message : arrived) {
                if (message.getName().equals("percolate_end")) {
                    return messages;
                }
                messages.add(message.getParameter());
            }
        }
    }

    private static Map<TenantId, Long> changes(List<String> messages) {
        Map<TenantId, Long> changes = new HashMap<>();
        messages.forEach(message -> RouteChanges.read(message, (tenant, version) -> {
            assertThat(changes.put(tenant, version))
                    .as("told twice of %s", tenant)
                    .isNull();
        }));
        return changes;
    }

    private long version(TenantId tenant) throws SQLException {
        return number("SELECT version FROM tenant_states WHERE tenant_id = '" + tenant + "'");
    }

    @Test
    void aTransactionTellsOnceOfAllThatItsStatementsHaveChanged() throws SQLException {
        TenantId one = Tenants.insert(postgres, "C");
        TenantId two = Tenants.insert(postgres, "C");
        TenantId gone = Tenants.insert(postgres, "C");
        messages();

        postgres.execute("BEGIN; UPDATE tenants SET tier = 'B' WHERE id = '" + one + "';"
                + "UPDATE tenants SET tier = 'A' WHERE id = '" + one + "';"
                + "UPDATE tenant_states SET state = 'archived' WHERE tenant_id = '" + two + "';"
                + "DELETE FROM tenants WHERE id = '" + gone + "'; COMMIT");

        List<String> messages = messages();
        assertThat(messages).hasSize(1);
        assertThat(changes(messages)).containsOnlyKeys(one, two, gone).containsEntry(one, version(one));
    }

    @Test
    void whatASavepointTakesBackIsNotToldAndWhatFollowsIs() throws SQLException {
        TenantId kept = Tenants.insert(postgres, "C");
        TenantId takenBack = Tenants.insert(postgres, "C");
        TenantId later = Tenants.insert(postgres, "C");
        messages();

        postgres.execute("BEGIN; UPDATE tenants SET tier = 'B' WHERE id = '" + kept + "'; SAVEPOINT s;"
                + "UPDATE tenants SET tier = 'B' WHERE id = '" + takenBack + "'; SET CONSTRAINTS ALL IMMEDIATE;"
                + "ROLLBACK TO s; UPDATE tenants SET tier = 'B' WHERE id = '" + later + "'; COMMIT");

        assertThat(changes(messages())).containsOnlyKeys(kept, later);
    }

    @Test
    void constraintsThatAreCheckedEarlyLoseNothing() throws SQLException {
        TenantId before = Tenants.insert(postgres, "C");
        TenantId after = Tenants.insert(postgres, "C");
        messages();

        postgres.execute("BEGIN; UPDATE tenants SET tier = 'B' WHERE id = '" + before + "';"
                + "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED;"
                + "UPDATE tenants SET tier = 'B' WHERE id = '" + after + "'; COMMIT");

        assertThat(changes(messages())).containsOnlyKeys(before, after);
    }

    @Test
    void aChangeOfManyRowsIsDividedIntoMessagesThatPostgresAccepts() throws SQLException {
        int rows = 5_000;
        Tenants.insertSilently(postgres, rows, "C");
        postgres.execute("SELECT setval('route_version_seq', 9000000000000000000)");

        postgres.execute("UPDATE tenants SET tier = 'B'");

        List<String> messages = messages();
        assertThat(messages)
                .hasSize((rows + 179) / 180)
                .allSatisfy(message -> assertThat(message.getBytes(StandardCharsets.UTF_8))
                        .hasSizeLessThanOrEqualTo(PAYLOAD_BYTES_MAX));
        assertThat(changes(messages)).hasSize(rows);
        assertThat(number("SELECT ceil(pg_notification_queue_usage() * 1000)")).isLessThanOrEqualTo(1);
    }

    @Test
    void activityAndLimitsThatStayTellNothing() throws SQLException {
        TenantId tenant = Tenants.insert(postgres, "C");
        messages();

        postgres.execute("UPDATE tenant_states SET last_access_at = now(), memory_mb = 5");
        postgres.execute("UPDATE tenants SET name = 'other'");

        assertThat(messages()).isEmpty();
        assertThat(version(tenant)).isPositive();
    }

    @Test
    void limitsOfManyTenantsAreToldInOneMessage() throws SQLException {
        Tenants.insertSilently(postgres, 100, "C");

        postgres.execute("INSERT INTO tenant_limits (tenant_id) SELECT id FROM tenants");

        List<String> messages = messages();
        assertThat(messages).hasSize(1);
        assertThat(changes(messages)).hasSize(100);
    }
}
