package io.percolate.gateway.bench.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;

/** What was measured: printed as it comes, and kept as one section a case. Sections of other runs stay. */
final class DirectoryReport {
    private static final String HEAD = """
            # The route directory, measured

            PostgreSQL of its own on the same machine (no fsync), tenants generated, each hot in one of 500 pods and with a
            schema of its own. Latencies at a rate count from when a question was due. Made by `./gateway bench directory`.
            """;

    private final Path file;
    private final String command;
    private final Map<DirectoryCase, StringBuilder> sections = new EnumMap<>(DirectoryCase.class);
    private StringBuilder current = new StringBuilder();

    DirectoryReport(Path file, String command) {
        this.file = file;
        this.command = command.strip();
    }

    void say(String line) {
        System.out.println(line);
    }

    void begin(DirectoryCase next) {
        say("\n" + next.label() + ": " + next.question());
        current = new StringBuilder(next.question() + "\n\nCommand: `" + command + "`  \nMachine: "
                + Runtime.getRuntime().availableProcessors() + " cores, Java "
                + Runtime.version().feature()
                + "\n\n| | |\n| --- | --- |\n");
        sections.put(next, current);
    }

    /** A figure as its process sends it: name, tab, text. */
    void line(String figure) {
        int tab = figure.indexOf('\t');
        figure(figure.substring(0, tab), figure.substring(tab + 1));
    }

    void figure(String name, String text) {
        say("  " + name + ": " + text);
        current.append("| ").append(name).append(" | ").append(text).append(" |\n");
    }

    void plans(Path page, String markdown) throws IOException {
        Files.writeString(page, markdown);
        figure("plans", "kept in " + page);
    }

    /** Writes what there is so far. */
    void write() throws IOException {
        Map<DirectoryCase, String> all =
                Files.exists(file) ? read(Files.readString(file)) : new EnumMap<>(DirectoryCase.class);
        sections.forEach((each, section) -> all.put(each, section.toString()));
        StringBuilder text = new StringBuilder(HEAD);
        all.forEach((each, section) ->
                text.append("\n## ").append(each.label()).append("\n\n").append(section));
        Files.writeString(file, text.toString());
    }

    private static Map<DirectoryCase, String> read(String text) {
        Map<DirectoryCase, String> sections = new EnumMap<>(DirectoryCase.class);
        for (DirectoryCase each : DirectoryCase.values()) {
            int head = text.indexOf("\n## " + each.label() + "\n\n");
            if (head >= 0) {
                int begin = head + each.label().length() + 6;
                int end = text.indexOf("\n## ", begin);
                sections.put(each, text.substring(begin, end < 0 ? text.length() : end));
            }
        }
        return sections;
    }
}
