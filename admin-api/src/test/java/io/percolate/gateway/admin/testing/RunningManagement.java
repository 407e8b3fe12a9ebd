package io.percolate.gateway.admin.testing;

import io.percolate.gateway.admin.http.Route;
import io.percolate.gateway.admin.main.ManagementConfig;
import io.percolate.gateway.admin.main.ManagementProcess;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/** A management process on a database of its own. */
public final class RunningManagement implements AutoCloseable {
    public static final String READER = "reader-secret-0123456789";
    public static final String WRITER = "writer-secret-0123456789";
    public static final String OTHER_WRITER = "other-secret-0123456789";

    private final TestDatabase database;
    private final ManagementProcess process;
    private final ApiClient writer;

    private RunningManagement(TestDatabase database, ManagementProcess process) {
        this.database = database;
        this.process = process;
        this.writer = new ApiClient(process.port(), WRITER);
    }

    /** {@code overrides}: keys and values, in turn. */
    public static RunningManagement start(String... overrides) {
        TestDatabase database = PostgresFixture.freshDatabase();
        return new RunningManagement(database, ManagementProcess.start(config(variables(database.url(), overrides))));
    }

    public static ManagementConfig config(Map<String, String> variables) {
        return ManagementConfig.read(new ConfigReader(ConfigSource.of(variables)));
    }

    public static Map<String, String> variables(String databaseUrl, String... overrides) {
        Map<String, String> variables = new HashMap<>(Map.of(
                "MANAGEMENT_DB_URL", databaseUrl,
                "GATEWAY_ADMIN_HOST", "127.0.0.1",
                "GATEWAY_ADMIN_PORT", "0",
                "GATEWAY_ADMIN_READ_TOKENS", "reader:" + READER,
                "GATEWAY_ADMIN_WRITE_TOKENS", "writer:" + WRITER + ",other:" + OTHER_WRITER,
                "GATEWAY_ADMIN_STOP_GRACE", "1s",
                "GATEWAY_DB_POOL_MIN", "0",
                // Machines that run many tests at once are slow, which is not what is tested.
                "GATEWAY_DB_ACQUIRE_TIMEOUT", "10s",
                "GATEWAY_DB_STATEMENT_TIMEOUT", "10s"));
        for (int i = 0; i < overrides.length; i += 2) {
            variables.put(overrides[i], overrides[i + 1]);
        }
        return variables;
    }

    public TestDatabase database() {
        return database;
    }

    /** What the process serves. */
    public List<Route> routes() {
        return process.routes();
    }

    public int port() {
        return process.port();
    }

    /** A client whose token may do everything. */
    public ApiClient api() {
        return writer;
    }

    /** Creates a tenant over the API; its id. */
    public String newTenant(String tier) {
        Answer answer = writer.post(
                "/v1/tenants", "{\"email\": \"" + UUID.randomUUID() + "@example.com\", \"tier\": \"" + tier + "\"}");
        return answer.json().get("id").stringValue();
    }

    /** The one value that a query answers. */
    public String value(String sql) {
        try (var connection = database.connect();
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            if (!rows.next()) {
                throw new AssertionError("no row: " + sql);
            }
            return Objects.toString(rows.getString(1));
        } catch (SQLException refused) {
            throw new AssertionError(sql, refused);
        }
    }

    @Override
    public void close() {
        writer.close();
        process.close();
        database.close();
    }
}
