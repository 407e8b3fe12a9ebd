package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Closed loops of requests by {@code wrk}, one thread each. */
final class Wrk {
    private static final int SLACK_SECONDS = 30;
    private static final AtomicInteger RUNS = new AtomicInteger();

    private final Path folder;
    private final Path opensslConfig;

    Wrk(Path folder) {
        this.folder = folder;
        this.opensslConfig = TlsChoice.writeOpensslConfig(folder);
        try (InputStream script = Wrk.class.getResourceAsStream("/load/requests.lua")) {
            if (script == null) {
                throw new IllegalStateException("requests.lua is missing from the class path");
            }
            Files.write(folder.resolve("requests.lua"), script.readAllBytes());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Figures run(LoadCase load, int port, int seconds, Cores cores) {
        return await(start(load, port, seconds, cores));
    }

    /** A generator under way; {@link #await} gives what it saw. */
    record Running(LoadCase load, Process process, Path output, int seconds) {}

    Running start(LoadCase load, int port, int seconds, Cores cores) {
        Path output = folder.resolve("wrk-" + RUNS.incrementAndGet() + ".out");
        List<String> command = cores.pinning(List.of(
                "wrk",
                "-t1",
                "-c" + load.connections(),
                "-d" + seconds + "s",
                "--timeout",
                "5s",
                "-s",
                "requests.lua",
                (load.isSecure() ? "https" : "http") + "://127.0.0.1:" + port,
                "--",
                load.method(),
                load.target(),
                String.valueOf(load.bodyBytes()),
                load.tokens().fileName()));
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().put("OPENSSL_CONF", opensslConfig.toString());
            Process wrk = builder.start();
            return new Running(load, wrk, output, seconds);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static Figures await(Running running) {
        int bound = running.seconds() + SLACK_SECONDS;
        try {
            if (!running.process().waitFor(bound, TimeUnit.SECONDS)) {
                running.process().destroyForcibly();
                throw new IllegalStateException("wrk did not end within " + bound + " s");
            }
            Figures figures = Figures.parse(Files.readString(running.output(), StandardCharsets.UTF_8));
            // wrk counts statuses above 399 only: an answer without the body would pass for a right one.
            boolean whole = figures.errors() > 0
                    || figures.bytes() >= figures.requests() * running.load().answerBytes();
            return whole ? figures : figures.withErrors(figures.requests());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            running.process().destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }
}
