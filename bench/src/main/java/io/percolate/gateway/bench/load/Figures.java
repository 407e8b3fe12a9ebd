package io.percolate.gateway.bench.load;

/**
 * What a load generator saw in one run, read from the line it prints.
 *
 * @param requests answers that came, whatever their status
 * @param seconds the run took
 * @param p50 microseconds, as are the others
 * @param errors answers other than the expected ones, and connections that failed
 * @param bytes that came, heads included
 */
public record Figures(long requests, double seconds, double p50, double p90, double p99, long errors, long bytes) {
    private static final String MARK = "FIGURES ";
    private static final int FIELDS = 7;

    public Figures {
        if (requests < 0 || seconds <= 0) {
            throw new IllegalArgumentException("no run: " + requests + " requests in " + seconds + " s");
        }
    }

    /** Finds the line {@code FIGURES requests micros p50 p90 p99 errors bytes} in a generator's output. */
    static Figures parse(String output) {
        String line = output.lines()
                .filter(one -> one.startsWith(MARK))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("expected a line of figures, got:\n" + output));
        String[] fields = line.substring(MARK.length()).split(" ");
        if (fields.length != FIELDS) {
            throw new IllegalStateException("expected " + FIELDS + " figures, got: " + line);
        }
        return new Figures(
                Long.parseLong(fields[0]),
                Long.parseLong(fields[1]) / 1e6,
                Double.parseDouble(fields[2]),
                Double.parseDouble(fields[3]),
                Double.parseDouble(fields[4]),
                Long.parseLong(fields[5]),
                Long.parseLong(fields[6]));
    }

    /** As the generator prints it. */
    String line() {
        return MARK
                + requests
                + ' '
                + Math.round(seconds * 1e6)
                + ' '
                + Math.round(p50)
                + ' '
                + Math.round(p90)
                + ' '
                + Math.round(p99)
                + ' '
                + errors
                + ' '
                + bytes;
    }

    /** Answers a second that were right. */
    double rightPerSecond() {
        return Math.max(0, requests - errors) / seconds;
    }

    Figures withErrors(long more) {
        return new Figures(requests, seconds, p50, p90, p99, errors + more, bytes);
    }
}
