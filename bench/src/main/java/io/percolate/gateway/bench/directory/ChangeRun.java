package io.percolate.gateway.bench.directory;

import io.percolate.gateway.fixtures.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Changes tiers by plain SQL, one tenant a transaction, at a rate. */
final class ChangeRun {
    static final String NEXT_TIER =
            "UPDATE tenants SET tier = CASE tier WHEN 'A' THEN 'B' WHEN 'B' THEN 'C' ELSE 'A' END WHERE id = ";
    private static final int WRITERS = 4;

    private final TestDatabase postgres;
    private final int first;
    private final int count;
    private final long[] sentMicros;
    private final long[] committedMicros;
    final Latencies commits;

    /** Changes tenants first to first + count - 1, each once. */
    ChangeRun(TestDatabase postgres, int first, int count) {
        this.postgres = postgres;
        this.first = first;
        this.count = count;
        this.sentMicros = new long[count];
        this.committedMicros = new long[count];
        this.commits = new Latencies(count);
    }

    /** Before the statement was sent, which is before it was committed. */
    long sentMicros(int tenant) {
        return sentMicros[tenant - first];
    }

    /** When its commit was answered. */
    long committedMicros(int tenant) {
        return committedMicros[tenant - first];
    }

    void run(int perSecond) {
        AtomicInteger next = new AtomicInteger();
        long begin = System.nanoTime();
        Threads.all(WRITERS, () -> {
            try (Connection connection = postgres.connect();
                    PreparedStatement change = connection.prepareStatement(NEXT_TIER + "?::uuid")) {
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    long due = begin + (long) (i * 1e9 / perSecond);
                    // Asleep, since what is measured needs the processor.
                    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
                        LockSupport.parkNanos(wait);
                    }
                    change.setString(1, TenantTable.id(first + i).toString());
                    sentMicros[i] = WatchCase.micros();
                    long sent = System.nanoTime();
                    change.executeUpdate();
                    commits.add(System.nanoTime() - sent);
                    committedMicros[i] = WatchCase.micros();
                }
            }
        });
    }

    /** Ends every connection that listens, of every process: it has just begun, caught up, or been probed. */
    static void cutListeners(TestDatabase postgres) {
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"
                + DirectoryStack.APPLICATION + "' AND (query LIKE 'LISTEN%' OR query LIKE '%changed_xid%'"
                + " OR query LIKE '%pg_notify%')");
    }

    /** Versions as they are in PostgreSQL, by number of the tenant. */
    static Map<Integer, Long> versions(TestDatabase postgres, int first, int last) {
        Map<Integer, Long> versions = new HashMap<>();
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT i, version FROM generate_series(" + first + ", " + last
                        + ") i JOIN tenant_states ON tenant_id = md5(i::text)::uuid")) {
            while (rows.next()) {
                versions.put(rows.getInt(1), rows.getLong(2));
            }
            return versions;
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
