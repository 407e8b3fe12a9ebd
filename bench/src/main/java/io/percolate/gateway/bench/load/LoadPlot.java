package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Bars of a case's medians as SVG, a peer a bar, with the range of its rounds as a line. */
final class LoadPlot {
    private static final int WIDTH = 720;
    private static final int BAR = 26;
    private static final int ROW = 40;
    private static final int LABEL = 130;
    private static final int TOP = 56;

    private LoadPlot() {}

    static void write(List<Samples> all, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (LoadCase load : LoadCase.values()) {
            List<Samples> ofCase =
                    all.stream().filter(samples -> samples.load() == load).toList();
            if (ofCase.isEmpty()) {
                continue;
            }
            switch (load) {
                case IDLE -> bars(folder, load, "bytes a connection", ofCase, Sample::p50Micros);
                case START -> bars(folder, load, "ms to the first answer", ofCase, Sample::p50Micros);
                case RATE -> bars(folder, load, "p99 latency, us", ofCase, Sample::p99Micros);
                case GET_64,
                        GET_1000,
                        GET_16K,
                        GET_1M,
                        POST_64K,
                        COLD_RS256,
                        COLD_ES256,
                        LOOPS,
                        TLS_GET_64,
                        TLS_GET_16K,
                        TLS_HANDSHAKES,
                        H2_GET_64 ->
                    bars(folder, load, "CPU-seconds per 1,000 requests", ofCase, Sample::cpuSecondsPer1000);
            }
        }
    }

    private static void bars(
            Path folder, LoadCase load, String unit, List<Samples> ofCase, ToDoubleFunction<Sample> figure)
            throws IOException {
        double most = ofCase.stream()
                .flatMap(samples -> samples.counted().stream())
                .mapToDouble(figure)
                .max()
                .orElse(1);
        double scale = (WIDTH - LABEL - 110) / Math.max(most, Double.MIN_NORMAL);
        int height = TOP + ofCase.size() * ROW + 16;
        StringBuilder svg = new StringBuilder(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                        + " font-family=\"sans-serif\" font-size=\"13\">%n"
                        + "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>%n"
                        + "<text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"bold\">%s</text>%n"
                        + "<text x=\"12\" y=\"42\" fill=\"#555\">%s (shorter is better)</text>%n",
                WIDTH,
                height,
                WIDTH,
                height,
                load.question(),
                unit));
        int y = TOP;
        for (Samples samples : ofCase) {
            double median = samples.median(figure);
            double low = samples.counted().stream().mapToDouble(figure).min().orElse(median);
            double high = samples.counted().stream().mapToDouble(figure).max().orElse(median);
            String colour = samples.peer().equals(LoadReport.SUBJECT) ? "#1f6feb" : "#9aa4b2";
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"12\" y=\"%d\">%s</text>%n"
                            + "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n"
                            + "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"#222\"/>%n"
                            + "<text x=\"%.1f\" y=\"%d\">%s</text>%n",
                    y + 18,
                    samples.peer(),
                    LABEL,
                    y,
                    median * scale,
                    BAR,
                    colour,
                    LABEL + low * scale,
                    y + BAR / 2,
                    LABEL + high * scale,
                    y + BAR / 2,
                    LABEL + high * scale + 8,
                    y + 18,
                    median < 10
                            ? String.format(Locale.ROOT, "%.4f", median)
                            : String.format(Locale.ROOT, "%,.0f", median)));
            y += ROW;
        }
        Files.writeString(folder.resolve(load.label() + ".svg"), svg.append("</svg>\n"));
    }
}
