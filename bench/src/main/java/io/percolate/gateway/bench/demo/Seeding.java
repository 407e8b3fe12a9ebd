package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.tenant.Residency;
import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Brings the tenants of the roster to where they are to be, the way that tenants get there: assigned, loaded by a pod,
 * written to through that pod, and evicted by it.
 */
final class Seeding {
    private static final long EPOCH = 1;
    private static final long POLL_NANOS = 10_000_000;
    private static final Duration REGISTRATION_MAX = Duration.ofMinutes(1);
    private static final Duration LOAD_MAX = Duration.ofSeconds(20);

    private final TestDatabase database;
    private final Calls calls;

    Seeding(TestDatabase database, Calls calls) {
        this.database = database;
        this.calls = calls;
    }

    /** Blocks until so many pods have told the fleet that they are there. */
    void awaitPods(int count) {
        long deadline = System.nanoTime() + REGISTRATION_MAX.toNanos();
        while (registeredPods() < count) {
            if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                throw new DemoException(
                        "expected " + count + " pods in the table 'pods', there are " + registeredPods());
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private int registeredPods() {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM pods WHERE status = 'ready'")) {
            rows.next();
            return rows.getInt(1);
        } catch (SQLException e) {
            throw new DemoException("cannot read the pods: " + e.getMessage(), e);
        }
    }

    /** Makes the tenants' rows. */
    void register(List<DemoTenant> roster) {
        try (Connection connection = database.connect();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO tenants (id, email, name, tier, status) VALUES (?, ?, ?, ?, ?)")) {
            connection.setAutoCommit(false);
            for (DemoTenant tenant : roster) {
                insert.setObject(1, tenant.id().value());
                insert.setString(2, tenant.email());
                insert.setString(3, tenant.name());
                insert.setString(4, tenant.tier().name());
                insert.setString(5, lower(tenant.status()));
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        } catch (SQLException e) {
            throw new DemoException("cannot make the tenants: " + e.getMessage(), e);
        }
    }

    /** Brings one tenant to its residency by way of this pod. Blocks. */
    void settle(DemoTenant tenant, DemoPod pod) {
        load(tenant, pod);
        for (int i = 1; i <= 3; i++) {
            expect(201, send("POST", pod, tenant, "/messages", "Message " + i + " of " + tenant.name()));
        }
        expect(204, send("PUT", pod, tenant, "/kv/greeting", "Hello from " + tenant.name()));
        switch (tenant.residency()) {
            case HOT -> place(tenant, pod.id(), null);
            case WARM, MOVING -> {
                evict(tenant, pod, "disk");
                place(tenant, pod.id(), null);
            }
            case COLD, ARCHIVED -> place(tenant, null, evict(tenant, pod, "nothing"));
        }
    }

    private void load(DemoTenant tenant, DemoPod pod) {
        send("PUT", pod, tenant, "/internal/tenants/" + tenant.id(), "");
        long deadline = System.nanoTime() + LOAD_MAX.toNanos();
        while (true) {
            JsonNode view = json(send("GET", pod, tenant, "/internal/tenants/" + tenant.id(), ""));
            String state = view.path("state").stringValue("");
            if (state.equals("hot")) {
                return;
            }
            if (!state.equals("loading") || System.nanoTime() > deadline) {
                throw new DemoException(pod.id() + " did not load tenant " + tenant.name() + ": " + view);
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    /** Where the data went, if they did. */
    private @Nullable String evict(DemoTenant tenant, DemoPod pod, String keep) {
        HttpResponse<String> evicted =
                send("DELETE", pod, tenant, "/internal/tenants/" + tenant.id() + "?keep=" + keep, "");
        expect(200, evicted);
        return json(evicted).path("data_location").stringValueOpt().orElse(null);
    }

    private void place(DemoTenant tenant, @Nullable String pod, @Nullable String location) {
        try (Connection connection = database.connect();
                PreparedStatement update = connection.prepareStatement("""
                        UPDATE tenant_states SET state = ?, pod_id = ?, tier_deployment = ?, epoch = ?,
                            rocksdb_location = ?, last_eviction_at = CASE WHEN ? THEN now() END,
                            last_access_at = CASE WHEN ? THEN now() - interval '61 days' ELSE now() END
                        WHERE tenant_id = ?
                        """)) {
            update.setString(1, lower(tenant.residency()));
            update.setString(2, pod);
            update.setString(3, pod == null ? null : "tier-" + lower(tenant.tier()));
            update.setLong(4, EPOCH);
            update.setString(5, location);
            update.setBoolean(6, tenant.residency() != Residency.HOT);
            update.setBoolean(7, tenant.residency() == Residency.ARCHIVED);
            update.setObject(8, tenant.id().value());
            update.executeUpdate();
        } catch (SQLException e) {
            throw new DemoException("cannot place tenant " + tenant.name() + ": " + e.getMessage(), e);
        }
    }

    private HttpResponse<String> send(String method, DemoPod pod, DemoTenant tenant, String path, String body) {
        URI uri = pod.url().resolve(path);
        return calls.send(
                method,
                uri,
                Map.of("X-Tenant-Id", tenant.id().toString(), "X-Placement-Epoch", Long.toString(EPOCH)),
                body);
    }

    private static void expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new DemoException("expected " + status + " from " + response.uri() + ", got " + response.statusCode()
                    + ": " + response.body());
        }
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
