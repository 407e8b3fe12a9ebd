package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Requests at a fixed rate by {@code h2load}, whose log gives the time of each. */
final class RateRun {
    private static final int SLACK_SECONDS = 30;

    private final Path folder;
    private final int core;

    RateRun(Path folder, int core) {
        this.folder = folder;
        this.core = core;
    }

    Wrk.Figures run(LoadCase load, int port, int seconds, String token) {
        Path log = folder.resolve("h2load.log");
        int perClient = LoadCase.RATE_PER_SECOND / load.connections();
        int requests = perClient * load.connections() * seconds;
        List<String> command = List.of(
                "taskset",
                "-c",
                String.valueOf(core),
                "h2load",
                "--h1",
                "-t1",
                "-c" + load.connections(),
                "-n" + requests,
                "--rps=" + perClient,
                "--log-file=" + log,
                "-H",
                "Authorization: Bearer " + token,
                "http://127.0.0.1:" + port + load.target());
        try {
            Files.deleteIfExists(log);
            long started = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("h2load.out").toFile())
                    .start();
            if (!process.waitFor(seconds + SLACK_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("h2load did not end within " + (seconds + SLACK_SECONDS) + " s");
            }
            double took = (System.nanoTime() - started) / 1e9;
            return figures(log, took);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /** Lines of the log: start (us), status, time (us). */
    private static Wrk.Figures figures(Path log, double seconds) throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            long[][] answers = lines.map(line -> line.split("\t"))
                    .map(fields -> new long[] {Long.parseLong(fields[1]), Long.parseLong(fields[2])})
                    .toArray(long[][]::new);
            double[] times = Arrays.stream(answers)
                    .mapToDouble(answer -> answer[1])
                    .sorted()
                    .toArray();
            long errors =
                    Arrays.stream(answers).filter(answer -> answer[0] != 200).count();
            return new Wrk.Figures(answers.length, seconds, at(times, 0.5), at(times, 0.9), at(times, 0.99), errors);
        }
    }

    private static double at(double[] sorted, double quantile) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) Math.min(sorted.length - 1, quantile * sorted.length)];
    }
}
