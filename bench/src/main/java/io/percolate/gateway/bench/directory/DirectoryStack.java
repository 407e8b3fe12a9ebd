package io.percolate.gateway.bench.directory;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.directory.DirectoryConfig;
import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.invalidation.NewsConfig;
import io.percolate.gateway.routing.invalidation.RouteChanges;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** The directory as a gateway runs it, with its news and its database. */
final class DirectoryStack implements AutoCloseable {
    static final String APPLICATION = "bench-directory";

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Lookups that wait at a time while routes are filled in. */
    private static final int FILL_CONCURRENCY = 2_048;

    private static final int FILL_RETRIES = 50;
    private static final Duration FILL_RETRY_DELAY = Duration.ofMillis(200);

    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final PostgresRouteDirectory directory;
    final RoutingNews news;
    final Hearing hearing;
    private final ManagementDatabase database;

    private DirectoryStack(Map<String, String> settings) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(settings));
        DatabaseConfig databaseConfig = DatabaseConfig.read(reader);
        DirectoryConfig directoryConfig = DirectoryConfig.read(reader);
        NewsConfig newsConfig = NewsConfig.read(reader);
        reader.finish();
        database = ManagementDatabase.open(databaseConfig, APPLICATION, meters);
        directory = new PostgresRouteDirectory(database, directoryConfig, meters);
        hearing = new Hearing(directory);
        news = new RoutingNews(database, newsConfig, List.of(new RouteChanges(hearing, newsConfig)), meters);
    }

    /** Starts it, and waits until it hears changes. */
    static DirectoryStack start(Map<String, String> settings) {
        DirectoryStack stack = new DirectoryStack(settings);
        stack.directory.start();
        stack.news.start();
        await(() -> stack.news.status().connected(), PATIENCE);
        return stack;
    }

    /** Looks tenants up, numbers from (inclusive) to (inclusive), many at a time; how many are known. */
    long fill(int from, int to) {
        Long known = Flux.fromStream(IntStream.rangeClosed(from, to).boxed())
                // Filling is no measurement: beside other work a query may miss its time.
                .flatMap(
                        number -> directory
                                .lookup(TenantTable.id(number))
                                .retryWhen(Retry.fixedDelay(FILL_RETRIES, FILL_RETRY_DELAY)),
                        FILL_CONCURRENCY)
                .filter(RouteLookup.Known.class::isInstance)
                .count()
                .block(Duration.ofMinutes(10));
        return known == null ? 0 : known;
    }

    /** Queries for routes so far, and routes in them. */
    DistributionSummary batches() {
        return meters.get("router.routes.batch").summary();
    }

    double queries() {
        return batches().count();
    }

    static void await(BooleanSupplier condition, Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("waited " + patience.toSeconds() + " s in vain");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        news.close();
        directory.close();
        database.close().block(PATIENCE);
    }
}
