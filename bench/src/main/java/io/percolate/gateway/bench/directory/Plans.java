package io.percolate.gateway.bench.directory;

import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The plans of the directory's statements, as PostgreSQL ran them. */
final class Plans {
    private static final int BATCH = 256;

    private Plans() {}

    static String markdown(TestDatabase postgres, int tenants) {
        String ids = IntStream.range(0, BATCH)
                .mapToObj(i -> TenantTable.id(1 + (int) ((long) i * (tenants - 1) / BATCH))
                        .toString())
                .collect(Collectors.joining(",", "'{", "}'"));
        String strangers = IntStream.range(0, BATCH).mapToObj(i -> "-1").collect(Collectors.joining(",", "'{", "}'"));
        StringBuilder page = new StringBuilder("""
                # Plans of the directory's statements

                As PostgreSQL ran them, written by `./gateway bench directory --case plans`.

                """);
        page.append(String.format("%,d tenants.%n%n", tenants));
        explain(page, postgres, "Loading 256 routes at once", PostgresRouteDirectory.LOAD_SQL, ids, strangers);
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE mark AS SELECT pg_current_snapshot() AS at");
            statement.execute("UPDATE tenants SET tier = CASE tier WHEN 'A' THEN 'B' ELSE 'A' END WHERE id IN"
                    + " (SELECT md5(i::text)::uuid FROM generate_series(1, " + Math.min(tenants, 50_000) + ") i)");
            statement.execute("ANALYZE tenant_states");
            String xid = one(statement, "SELECT '''' || pg_snapshot_xmin(at)::text || '''' FROM mark");
            explain(
                    page,
                    postgres,
                    "One page of what was missed, in the midst of a transaction of many rows",
                    RouteChanges.MISSED_SQL,
                    xid,
                    "'80000000-0000-0000-0000-000000000000'::uuid");
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return page.toString();
    }

    private static void explain(
            StringBuilder page, TestDatabase postgres, String title, String sql, String first, String second) {
        page.append("## ")
                .append(title)
                .append("\n\n```sql\n")
                .append(sql.strip())
                .append("\n```\n\n```\n");
        String bound = sql.replace("$1", first).replace("$2", second);
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            // Twice, since the first time reads the pages from the disk.
            statement.execute(bound);
            try (ResultSet rows = statement.executeQuery("EXPLAIN (ANALYZE, BUFFERS) " + bound)) {
                while (rows.next()) {
                    String line = rows.getString(1);
                    page.append(line.length() > 160 ? line.substring(0, 157) + "..." : line)
                            .append('\n');
                }
            }
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        page.append("```\n\n");
    }

    private static String one(Statement statement, String query) throws SQLException {
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getString(1);
        }
    }
}
