package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Closed loops of requests over HTTP/2 and TLS by {@code h2load}, one thread each.
 *
 * <p>It gives all its requests the same headers: they are those of one tenant.
 */
final class H2load {
    static final String PROGRAM = "h2load";
    private static final int SLACK_SECONDS = 30;
    private static final Pattern SUMMARY =
            Pattern.compile("requests: (\\d+) total, \\d+ started, (\\d+) done, (\\d+) succeeded");
    private static final Pattern TRAFFIC = Pattern.compile("\\((\\d+)\\) data");

    private final LoadRig rig;

    H2load(LoadRig rig) {
        this.rig = rig;
    }

    Figures run(LoadCase load, int port, int seconds, Cores cores) {
        Path output = rig.folder().resolve("h2load.out");
        Path log = rig.folder().resolve("h2load.log");
        List<String> command = cores.pinning(List.of(
                PROGRAM,
                "-t1",
                "-c" + load.connections(),
                "-m" + load.streams(),
                "-D" + seconds,
                "--npn-list=h2",
                "--tls13-ciphers=" + TlsChoice.SUITE,
                "--groups=" + TlsChoice.GROUP,
                "--log-file=" + log,
                "-H",
                "authorization: Bearer " + rig.token(),
                "https://127.0.0.1:" + port + load.target()));
        try {
            Files.deleteIfExists(log);
            Process process = new ProcessBuilder(command)
                    .directory(rig.folder().toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(seconds + SLACK_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException("h2load did not end in time");
            }
            return figures(
                    load,
                    seconds,
                    Files.readString(output, StandardCharsets.UTF_8),
                    Files.readAllLines(log, StandardCharsets.US_ASCII));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        }
    }

    /**
     * @param output of which the sums are taken
     * @param log a line each answer: when it began, its status, its microseconds
     */
    static Figures figures(LoadCase load, int seconds, String output, List<String> log) {
        Matcher summary = SUMMARY.matcher(output);
        Matcher traffic = TRAFFIC.matcher(output);
        if (!summary.find() || !traffic.find()) {
            throw new IllegalStateException("expected the sums of h2load, got:\n" + output);
        }
        long done = Long.parseLong(summary.group(2));
        long bytes = Long.parseLong(traffic.group(1));
        long[] micros = new long[log.size()];
        long right = 0;
        for (int i = 0; i < micros.length; i++) {
            String[] fields = log.get(i).split("\t");
            micros[i] = Long.parseLong(fields[2]);
            right += fields[1].equals("200") ? 1 : 0;
        }
        Arrays.sort(micros);
        // Requests that were under way when time was up are no errors: they are not in what was done.
        long requests = Math.max(done, micros.length);
        boolean whole = bytes >= right * load.answerBytes();
        return new Figures(
                requests,
                seconds,
                quantile(micros, 0.5),
                quantile(micros, 0.9),
                quantile(micros, 0.99),
                whole ? requests - Math.min(right, requests) : requests,
                bytes);
    }

    private static long quantile(long[] sorted, double share) {
        return sorted.length == 0 ? 0 : OpenLoop.quantile(sorted, share);
    }
}
