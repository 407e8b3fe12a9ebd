package io.percolate.gateway.bench.directory;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ./gateway bench directory}: the directory over a million tenants. */
@Command(
        name = "directory",
        mixinStandardHelpOptions = true,
        description = {
            "Measures the route directory over a generated set of tenants in a PostgreSQL of its own.",
            "Every case runs in processes of its own; loopback only."
        })
public final class DirectoryCommand implements Callable<Integer> {
    /** What an activity update touches at a time. */
    private static final int ACTIVITY_ROWS = 2_000;

    /** Thousands ask at once of a process that has just started: latencies tell, time-outs would only hide them. */
    private static final List<String> PATIENT = List.of(
            "GATEWAY_ROUTES_LOAD_TIMEOUT=30s", "GATEWAY_DB_STATEMENT_TIMEOUT=30s", "GATEWAY_DB_ACQUIRE_TIMEOUT=30s");

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--case", split = ",", description = "cases to run (default: all): ${COMPLETION-CANDIDATES}")
    private Set<DirectoryCase> cases = EnumSet.allOf(DirectoryCase.class);

    @Option(names = "--tenants", description = "tenants in PostgreSQL (default: ${DEFAULT-VALUE})")
    private int tenants = 1_000_000;

    @Option(names = "--rate", description = "misses a second (default: ${DEFAULT-VALUE})")
    private int rate = 20_000;

    @Option(names = "--seconds", description = "length of a run at a rate (default: ${DEFAULT-VALUE})")
    private int seconds = 8;

    @Option(names = "--heap", description = "heap of the process that caches all tenants (default: ${DEFAULT-VALUE})")
    private String heap = "400m";

    @Option(names = "--processes", description = "processes that must see changes (default: ${DEFAULT-VALUE})")
    private int processes = 3;

    @Option(names = "--changes", description = "changes of tiers a second (default: ${DEFAULT-VALUE})")
    private int changesPerSecond = 1_000;

    @Option(names = "--warming", description = "seconds of changes before those that count (default: ${DEFAULT-VALUE})")
    private int warmingSeconds = 5;

    @Option(names = "--bulk", description = "rows that one transaction changes (default: ${DEFAULT-VALUE})")
    private int bulkRows = 100_000;

    @Option(names = "--watched", description = "tenants that each process watches (default: ${DEFAULT-VALUE})")
    private int watched = 20_000;

    @Option(names = "--known", description = "tenants known when PostgreSQL stops (default: ${DEFAULT-VALUE})")
    private int known = 100_000;

    @Option(names = "--outage", description = "seconds that PostgreSQL is away (default: ${DEFAULT-VALUE})")
    private int outageSeconds = 600;

    @Option(names = "--out", description = "the report (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("bench", "DIRECTORY.md");

    @Option(names = "--plans", description = "where plans are kept (default: ${DEFAULT-VALUE})")
    private Path plans = Path.of("docs", "directory-plans.md");

    @Override
    public Integer call() throws IOException {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        DirectoryReport report = new DirectoryReport(out, commandLine());
        try (PostgresServer server = PostgresServer.start()) {
            server.migrate();
            TestDatabase postgres = server.database();
            long begin = System.nanoTime();
            report.say(String.format(Locale.ROOT, "Making %,d tenants ...", tenants));
            TenantTable.fill(postgres, tenants);
            report.say(String.format(Locale.ROOT, "... in %.1f s", (System.nanoTime() - begin) / 1e9));
            for (DirectoryCase each : DirectoryCase.values()) {
                if (cases.contains(each)) {
                    report.begin(each);
                    run(each, server, postgres, report);
                    report.write();
                }
            }
        }
        return 0;
    }

    private void run(DirectoryCase each, PostgresServer server, TestDatabase postgres, DirectoryReport report)
            throws IOException {
        String url = "MANAGEMENT_DB_URL=" + postgres.url();
        FleetCases fleet = new FleetCases(postgres, processes, report::figure);
        switch (each) {
            case MEMORY -> memory(url, postgres, report);
            case MISSES -> misses(List.of(url), report);
            case UNBATCHED -> misses(List.of(url, "GATEWAY_ROUTES_BATCH_MAX=1"), report);
            case CHANGES -> {
                int warming = Math.min(tenants - watched, changesPerSecond * warmingSeconds);
                fleet.changes(watched, warming, changesPerSecond, arguments("watch", watched + warming, List.of(url)));
            }
            case BULK ->
                fleet.bulk(bulkRows, Math.min(watched, bulkRows), tenants, arguments("watch", watched, List.of(url)));
            case OUTAGE -> outage(url, server, report);
            case PLANS -> report.plans(plans, Plans.markdown(postgres, tenants));
        }
    }

    private List<String> arguments(String name, int count, List<String> settings) {
        List<String> arguments = new ArrayList<>(
                List.of(name, Integer.toString(count), Integer.toString(rate), Integer.toString(seconds)));
        arguments.addAll(settings);
        arguments.addAll(PATIENT);
        return arguments;
    }

    private void memory(String url, TestDatabase postgres, DirectoryReport report) {
        List<String> settings = List.of(url, "GATEWAY_ROUTES_MAX=" + tenants);
        try (DirectoryChild child = DirectoryChild.start(heap, arguments("memory", tenants, settings), report::line)) {
            child.awaitReady();
            child.go();
            child.awaitReady();
            long rows = activity(postgres, Duration.ofSeconds(seconds));
            report.figure("activity written meanwhile", String.format(Locale.ROOT, "%,d rows in %d s", rows, seconds));
            child.go();
            child.awaitEnd();
        }
    }

    private long activity(TestDatabase postgres, Duration time) {
        long end = System.nanoTime() + time.toNanos();
        long rows = 0;
        for (int from = 1; System.nanoTime() - end < 0; from = (from + ACTIVITY_ROWS) % tenants) {
            postgres.execute("UPDATE tenant_states SET last_access_at = now(), memory_mb = 7 WHERE tenant_id IN"
                    + " (SELECT md5(i::text)::uuid FROM generate_series(" + from + ", " + (from + ACTIVITY_ROWS - 1)
                    + ") i)");
            rows += ACTIVITY_ROWS;
        }
        return rows;
    }

    private void misses(List<String> settings, DirectoryReport report) {
        try (DirectoryChild child = DirectoryChild.start("1g", arguments("misses", tenants, settings), report::line)) {
            child.awaitEnd();
        }
    }

    private void outage(String url, PostgresServer server, DirectoryReport report) {
        List<String> arguments =
                List.of("outage", Integer.toString(Math.min(known, tenants)), "2000", Integer.toString(seconds), url);
        try (DirectoryChild child = DirectoryChild.start("512m", arguments, report::line)) {
            child.awaitReady();
            child.go();
            FleetCases.sleep(Duration.ofSeconds(1));
            server.stop();
            for (int second = 0; second < outageSeconds; second++) {
                FleetCases.sleep(Duration.ofSeconds(1));
                if (second % 60 == 59) {
                    report.say("  PostgreSQL away for " + (second + 1) + " s");
                }
            }
            server.restart();
            FleetCases.sleep(Duration.ofSeconds(1));
            child.go();
            child.awaitEnd();
        }
    }

    private String commandLine() {
        return "./gateway bench directory "
                + spec.commandLine().getParseResult().originalArgs().stream()
                        .filter(argument -> !argument.equals("directory"))
                        .collect(Collectors.joining(" "));
    }
}
