package io.percolate.gateway.bench.results;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code RESULTS.md}: one section for each command, replaced by that command only. */
public final class ResultsFile {
    private static final String TITLE = "# Results\n\n";
    private static final String SECTION = "## ";

    private final Path path;
    private final String title;

    public ResultsFile(Path folder) {
        this(folder, "RESULTS.md", TITLE.strip());
    }

    /** Another file of the same form. */
    public ResultsFile(Path folder, String name, String title) {
        this.path = folder.resolve(name);
        this.title = title + "\n\n";
    }

    /** Puts this text under the heading, and leaves all other sections, and what is said before them, as they are. */
    public void replace(String heading, String text) throws IOException {
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.writeString(path, replaced(title, read(), heading, text));
    }

    private String read() throws IOException {
        try {
            return Files.readString(path);
        } catch (NoSuchFileException none) {
            return "";
        }
    }

    static String replaced(String before, String heading, String text) {
        return replaced(TITLE, before, heading, text);
    }

    private static String replaced(String title, String before, String heading, String text) {
        Map<String, String> sections = new LinkedHashMap<>();
        StringBuilder preface = new StringBuilder();
        String current = "";
        for (String line : before.lines().toList()) {
            if (line.startsWith(SECTION)) {
                current = line.substring(SECTION.length());
                sections.put(current, "");
            } else if (current.isEmpty()) {
                preface.append(line).append('\n');
            } else {
                sections.merge(current, line + "\n", String::concat);
            }
        }
        sections.put(heading, text);
        String begin = preface.toString().strip();
        StringBuilder whole = new StringBuilder(begin.isEmpty() ? title : begin + "\n\n");
        sections.forEach((name, body) -> whole.append(SECTION)
                .append(name)
                .append("\n\n")
                .append(body.strip())
                .append("\n\n"));
        return whole.toString().stripTrailing() + "\n";
    }
}
