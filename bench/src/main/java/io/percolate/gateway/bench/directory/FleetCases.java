package io.percolate.gateway.bench.directory;

import io.percolate.gateway.fixtures.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** Changes that several processes must all see. */
final class FleetCases {
    private static final String HEAP = "256m";

    private final TestDatabase postgres;
    private final int processes;
    private final BiConsumer<String, String> figures;

    FleetCases(TestDatabase postgres, int processes, BiConsumer<String, String> figures) {
        this.postgres = postgres;
        this.processes = processes;
        this.figures = figures;
    }

    /**
     * Single changes, each of another tenant; without and with cuts of the listening connections meanwhile.
     *
     * @param warming changes of further tenants before, which do not count
     */
    void changes(int count, int warming, int perSecond, List<String> arguments) {
        changes(count, warming, perSecond, 0, arguments);
        changes(count, warming, perSecond, 2, arguments);
    }

    private void changes(int count, int warming, int perSecond, int cuts, List<String> arguments) {
        try (Fleet fleet = Fleet.start(processes, HEAP, arguments)) {
            // Processes that have been at work for a while, not their first seconds.
            new ChangeRun(postgres, count + 1, warming).run(perSecond);
            ChangeRun changes = new ChangeRun(postgres, 1, count);
            Future<?> running = Threads.start(() -> changes.run(perSecond));
            for (int cut = 0; cut < cuts; cut++) {
                sleep(Duration.ofMillis(count * 1_000L / perSecond / (cuts + 1)));
                ChangeRun.cutListeners(postgres);
            }
            Threads.join(running);
            Latencies seen = new Latencies(count * processes);
            Latencies heard = new Latencies(count * processes);
            Latencies loaded = new Latencies(count * processes);
            long lost = compare(fleet.end(), count, (tenant, of) -> {
                add(seen, changes.sentMicros(tenant), of.micros());
                add(heard, changes.committedMicros(tenant), of.heardMicros());
                add(loaded, of.heardMicros(), of.micros());
            });
            String run = cuts == 0 ? "" : ", every listening connection cut " + cuts + " times";
            figures.accept(
                    String.format(
                            Locale.ROOT,
                            "%,d changes at %,d a second, seen in %d processes%s",
                            count,
                            perSecond,
                            processes,
                            run),
                    seen.text());
            figures.accept("of that: commit", changes.commits.text());
            figures.accept("of that: from the commit's answer to its news", heard.text());
            figures.accept("of that: from its news to the new route in use", loaded.text());
            if (cuts > 0) {
                Latencies deaf = new Latencies(fleet.deafMicros.size());
                fleet.deafMicros.forEach(micros -> deaf.add(micros * 1_000));
                figures.accept(
                        String.format(Locale.ROOT, "not heard after a cut, %,d times", deaf.count()), deaf.text());
            }
            figures.accept(
                    "lost, entry by entry" + run,
                    String.format(Locale.ROOT, "%,d of %,d", lost, (long) count * processes));
        }
    }

    private static void add(Latencies latencies, long fromMicros, long toMicros) {
        latencies.add(Math.max(0, toMicros - fromMicros) * 1_000);
    }

    /** One transaction changes very many rows, while another writer goes on. */
    void bulk(int rows, int watched, int tenants, List<String> arguments) {
        try (Fleet fleet = Fleet.start(processes, HEAP, arguments)) {
            int others = Math.min(2_000, tenants - rows);
            ChangeRun calm = new ChangeRun(postgres, tenants - others + 1, others);
            calm.run(500);
            ChangeRun beside = new ChangeRun(postgres, tenants - others + 1, others);
            Future<?> writing = Threads.start(() -> beside.run(500));
            AtomicReference<Duration> took = new AtomicReference<>(Duration.ZERO);
            AtomicReference<Long> committedMicros = new AtomicReference<>(0L);
            Future<?> changing = Threads.start(() -> {
                long begin = System.nanoTime();
                postgres.execute(ChangeRun.NEXT_TIER + "ANY (ARRAY(SELECT md5(i::text)::uuid FROM generate_series(1, "
                        + rows + ") i))");
                took.set(Duration.ofNanos(System.nanoTime() - begin));
                committedMicros.set(WatchCase.micros());
            });
            double queue = queueUsage(() -> changing.isDone() && writing.isDone());
            Threads.join(changing);
            Threads.join(writing);
            Latencies latencies = new Latencies(watched * processes);
            long lost = compare(
                    fleet.end(), watched, (tenant, seen) -> add(latencies, committedMicros.get(), seen.micros()));
            figures.accept(
                    String.format(Locale.ROOT, "%,d rows changed by one transaction", rows),
                    String.format(Locale.ROOT, "in %d ms", took.get().toMillis()));
            figures.accept("another writer's commits before", calm.commits.text());
            figures.accept("another writer's commits meanwhile", beside.commits.text());
            figures.accept(
                    "queue of notifications at most", String.format(Locale.ROOT, "%.4f %% of its size", queue * 100));
            figures.accept(
                    String.format(
                            Locale.ROOT,
                            "seen after the commit, %,d of them in use in %d processes",
                            watched,
                            processes),
                    latencies.text());
            figures.accept(
                    "lost, entry by entry", String.format(Locale.ROOT, "%,d of %,d", lost, (long) watched * processes));
        }
    }

    /** How many entries do not hold the version that PostgreSQL holds. */
    private long compare(List<Map<Integer, Fleet.Seen>> all, int count, BiConsumer<Integer, Fleet.Seen> each) {
        Map<Integer, Long> truth = ChangeRun.versions(postgres, 1, count);
        long lost = 0;
        for (Map<Integer, Fleet.Seen> process : all) {
            for (Map.Entry<Integer, Long> tenant : truth.entrySet()) {
                Fleet.Seen seen = process.get(tenant.getKey());
                if (seen == null || seen.version() != tenant.getValue()) {
                    lost++;
                } else {
                    each.accept(tenant.getKey(), seen);
                }
            }
        }
        return lost;
    }

    private double queueUsage(BooleanSupplier ended) {
        double most = 0;
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            while (!ended.getAsBoolean()) {
                try (ResultSet row = statement.executeQuery("SELECT pg_notification_queue_usage()")) {
                    row.next();
                    most = Math.max(most, row.getDouble(1));
                }
                sleep(Duration.ofMillis(20));
            }
            return most;
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    static void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
