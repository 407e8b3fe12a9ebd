package io.percolate.gateway.bench.redis;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Looks up tenants that are not in memory, at a steady rate, and does to Redis what happens to it.
 *
 * <p>Each look-up is timed from the moment at which it was due. All of it is real: PostgreSQL and Redis in processes of
 * their own, the directory and its second level as the gateway has them.
 */
@Command(
        name = "redis",
        mixinStandardHelpOptions = true,
        description = "Measures look-ups while Redis is absent, up, silent (SIGSTOP), killed and back.")
public final class RedisCommand implements Callable<Integer> {
    private static final int WARM_UPS = 5;

    @Option(names = "--tenants", defaultValue = "20000", description = "Tenants (default: 20000).")
    private int tenants = 20_000;

    @Option(names = "--rate", defaultValue = "1000", description = "Look-ups a second (default: 1000).")
    private int rate = 1_000;

    @Option(names = "--seconds", defaultValue = "6", description = "Length of each phase (default: 6).")
    private int seconds = 6;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.ERROR));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        Duration length = Duration.ofSeconds(seconds);
        boolean clean = true;
        try (PostgresServer postgres = PostgresServer.start();
                RedisServer redis = RedisServer.start()) {
            postgres.migrate();
            Population population = Population.insert(postgres.database(), tenants);
            out.printf("%-24s %8s %8s %9s %9s %9s%n", "look-ups, ms", "count", "errors", "p50", "p99", "max");
            out.flush();
            clean &= without(postgres, population, out, "without Redis");
            try (Gateway with = Gateway.start(postgres.url(), redis.url())) {
                with.awaitRedis(true);
                warm(with, population, length.dividedBy(2));
                clean &= report(out, "Redis up", with.run(population, rate, length));
                clean &= report(out, "Redis paused", with.during(population, rate, length, redis::pause));
                clean &= report(out, "Redis goes on", with.during(population, rate, length, redis::resume));
                clean &= report(out, "Redis killed", with.during(population, rate, length, redis::stop));
                clean &= report(out, "Redis restarted", with.during(population, rate, length, redis::restart));
                with.awaitRedis(true);
                clean &= report(out, "Redis up again", with.run(population, rate, length));
            }
            clean &= without(postgres, population, out, "without Redis, again");
        }
        return clean ? 0 : 1;
    }

    /** Before and after all else: a Java VM grows quicker meanwhile, and so would every later phase. */
    private boolean without(PostgresServer postgres, Population population, PrintWriter out, String phase) {
        Duration length = Duration.ofSeconds(seconds);
        try (Gateway gateway = Gateway.start(postgres.url(), null)) {
            warm(gateway, population, length.dividedBy(2));
            return report(out, phase, gateway.run(population, rate, length));
        }
    }

    /** The first look-ups of a new process wait for its classes and connections: they are no part of any phase. */
    private void warm(Gateway gateway, Population population, Duration length) {
        for (int i = 0; i < WARM_UPS; i++) {
            if (gateway.run(population, rate, length).errors() == 0) {
                return;
            }
        }
    }

    private static boolean report(PrintWriter out, String phase, Times times) {
        out.printf(
                "%-24s %8d %8d %9.2f %9.2f %9.2f%n",
                phase, times.count(), times.errors(), times.millisAt(0.5), times.millisAt(0.99), times.millisAt(1));
        out.flush();
        return times.errors() == 0;
    }
}
