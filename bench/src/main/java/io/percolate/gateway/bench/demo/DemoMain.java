package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.FixtureException;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.process.LogConfig;
import io.percolate.gateway.routing.process.LogOutput;
import io.percolate.gateway.routing.process.StopSignals;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The process that is the demo's: starts all others, and takes them down with it. */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Runs everything on this machine: PostgreSQL, S3, two pods of each tier, gateway and management, with",
            "tenants in every residency and tokens for them. Ctrl-C ends it and leaves nothing behind."
        })
public final class DemoMain implements Callable<Integer> {
    private static final int GATEWAYS_MAX = 8;
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;
    private static final long REFRESH_SECONDS = 1;

    @Option(names = "--port", paramLabel = "PORT", description = "port of the edge (default: 8080, or any if taken)")
    private int port;

    @Option(names = "--gateways", paramLabel = "N", defaultValue = "1", description = "gateway processes (default: 1)")
    private int gateways = 1;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "describes the demo to scripts, once all is ready; removed at the end")
    private @Nullable Path json;

    @Option(names = "--headless", description = "no status line")
    private boolean headless;

    @Option(names = "--work-dir", paramLabel = "DIR", description = "empty or new folder for the demo's files")
    private @Nullable Path workDir;

    private final CountDownLatch stop = new CountDownLatch(1);

    public static void main(String... arguments) {
        System.exit(new CommandLine(new DemoMain()).execute(arguments));
    }

    @Override
    public Integer call() {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.WARN));
        if (gateways < 1 || gateways > GATEWAYS_MAX) {
            System.err.println("--gateways: expected 1 to " + GATEWAYS_MAX + ", got " + gateways);
            return EXIT_USAGE;
        }
        Thread main = Thread.currentThread();
        StopSignals.install(
                () -> {
                    stop.countDown();
                    main.interrupt();
                },
                () -> Runtime.getRuntime().halt(EXIT_FAILED));
        try (WorkFolder folder = WorkFolder.open(workDir)) {
            return run(folder.path());
        } catch (DemoException refused) {
            System.err.println(refused.getMessage());
            return EXIT_FAILED;
        }
    }

    private int run(Path folder) {
        Progress progress = new Progress(System.out);
        progress.say("Starting the demo ...");
        try (Demo demo = new Demo(new DemoOptions(port, gateways, json), folder, progress)) {
            int status = startAndWatch(demo);
            // What was interrupted is over; the closing that follows must not be.
            if (Thread.interrupted()) {
                progress.say("");
            }
            progress.say("Stopping ...");
            return status;
        }
    }

    private int startAndWatch(Demo demo) {
        try {
            demo.start();
            StatusLine status = demo.statusLine(!headless && isTerminal());
            while (!stop.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                status.refresh();
            }
            status.end();
            return 0;
        } catch (InterruptedException asked) {
            return 0;
        } catch (DemoException | FixtureException failed) {
            if (stop.getCount() == 0) {
                return 0;
            }
            System.err.println("The demo could not start: " + failed.getMessage());
            return EXIT_FAILED;
        }
    }

    private static boolean isTerminal() {
        return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }

    /** Where the demo's files are; deleted at the end, and after the death of this process. */
    private record WorkFolder(Path path) implements AutoCloseable {
        static WorkFolder open(@Nullable Path asked) {
            if (asked == null) {
                return new WorkFolder(TemporaryFolder.create("demo"));
            }
            try {
                Files.createDirectories(asked);
                try (Stream<Path> content = Files.list(asked)) {
                    if (content.findAny().isPresent()) {
                        throw new DemoException("--work-dir: expected an empty or new folder, got " + asked);
                    }
                }
                Path folder = asked.toRealPath();
                io.percolate.gateway.fixtures.Undertaker.watch(folder);
                return new WorkFolder(folder);
            } catch (IOException e) {
                throw new DemoException("--work-dir: " + asked + " cannot be used: " + e, e);
            }
        }

        @Override
        public void close() {
            TemporaryFolder.delete(path);
        }
    }
}
