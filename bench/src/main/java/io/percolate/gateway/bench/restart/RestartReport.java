package io.percolate.gateway.bench.restart;

import java.util.List;
import java.util.Locale;

/** What the clients saw, as Markdown. */
final class RestartReport {
    private RestartReport() {}

    /** Whether nothing failed, and something was asked. */
    static boolean isClean(Tally http1, Tally http2) {
        return http1.failed() + http2.failed() == 0 && http1.answered() > 0 && http2.answered() > 0;
    }

    static String markdown(
            String machine, String command, double seconds, List<Restart> restarts, Tally http1, Tally http2) {
        StringBuilder text = new StringBuilder();
        text.append("Command: `").append(command).append("`  \n");
        text.append("Machine: ").append(machine).append("\n\n");
        text.append(
                "| clients of | answered 200 | failed | sent elsewhere | connections | p50 ms | p99 ms | longest ms |\n");
        text.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        row(text, "HTTP/1.1", http1);
        row(text, "HTTP/2", http2);
        text.append(
                "\n| replaced | ended after s | exit status | successor ready after s |\n| --- | --- | --- | --- |\n");
        for (Restart restart : restarts) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %.1f | %d | %.1f |%n",
                    restart.gateway(),
                    restart.endSeconds(),
                    restart.exitStatus(),
                    restart.startSeconds()));
        }
        text.append(String.format(
                Locale.ROOT,
                "%nIn %.0f s, no request failed: %s.%n",
                seconds,
                isClean(http1, http2) ? "met" : "**missed**"));
        http1.failures().forEach(failure -> text.append("- ").append(failure).append('\n'));
        http2.failures().forEach(failure -> text.append("- ").append(failure).append('\n'));
        return text.toString();
    }

    private static void row(StringBuilder text, String clients, Tally tally) {
        text.append(String.format(
                Locale.ROOT,
                "| %s | %,d | %,d | %,d | %,d | %.1f | %.1f | %.1f |%n",
                clients,
                tally.answered(),
                tally.failed(),
                tally.sentElsewhereCount(),
                tally.connections(),
                tally.quantileMillis(0.5),
                tally.quantileMillis(0.99),
                tally.quantileMillis(1)));
    }
}
