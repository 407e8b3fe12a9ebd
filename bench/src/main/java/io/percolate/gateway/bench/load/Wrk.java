package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A closed loop of requests by {@code wrk}, on one core. */
final class Wrk {
    private static final int SLACK_SECONDS = 30;

    private final Path folder;
    private final int core;

    Wrk(Path folder, int core) {
        this.folder = folder;
        this.core = core;
        try (InputStream script = Wrk.class.getResourceAsStream("/load/requests.lua")) {
            if (script == null) {
                throw new IllegalStateException("requests.lua is missing from the class path");
            }
            Files.write(folder.resolve("requests.lua"), script.readAllBytes());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What one run saw; times in microseconds. */
    record Figures(long requests, double seconds, double p50, double p90, double p99, long errors) {}

    Figures run(LoadCase load, int port, int seconds) {
        List<String> command = List.of(
                "taskset",
                "-c",
                String.valueOf(core),
                "wrk",
                "-t1",
                "-c" + load.connections(),
                "-d" + seconds + "s",
                "--timeout",
                "5s",
                "-s",
                "requests.lua",
                "http://127.0.0.1:" + port,
                "--",
                load.method(),
                load.target(),
                String.valueOf(load.bodyBytes()),
                load.tokens().fileName());
        Path output = folder.resolve("wrk.out");
        try {
            Process wrk = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!wrk.waitFor(seconds + SLACK_SECONDS, TimeUnit.SECONDS)) {
                wrk.destroyForcibly();
                throw new IllegalStateException("wrk did not end within " + (seconds + SLACK_SECONDS) + " s");
            }
            String text = Files.readString(output, StandardCharsets.UTF_8);
            return text.lines()
                    .filter(line -> line.startsWith("FIGURES "))
                    .findFirst()
                    .map(Wrk::parse)
                    .orElseThrow(() -> new IllegalStateException("wrk gave no figures:\n" + text));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    private static Figures parse(String line) {
        String[] fields = line.split(" ");
        return new Figures(
                Long.parseLong(fields[1]),
                Long.parseLong(fields[2]) / 1e6,
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]),
                Double.parseDouble(fields[5]),
                Long.parseLong(fields[6]));
    }
}
