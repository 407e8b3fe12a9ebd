package io.percolate.gateway.routing.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The keys of a process by section, as a page of the docs or with the values they have. */
public final class ConfigReference {
    private static final Pattern PASSWORD_IN_URL = Pattern.compile("(://[^:/@\\s]*:)[^@\\s]*@");
    private static final String REDACTED = "<redacted>";

    private final List<Section> sections = new ArrayList<>();
    private final ConfigReader reader;

    /** A reference that follows this reader, section by section. */
    public ConfigReference(ConfigReader reader) {
        this.reader = reader;
    }

    /**
     * Keys that belong together.
     *
     * @param keys in the order in which they are read; never again in a later section
     */
    public record Section(String title, List<ConfigKey> keys) {
        public Section {
            keys = List.copyOf(keys);
        }
    }

    /**
     * Lets {@code read} read from the reader and takes the keys that are new to it as one section; into the last section
     * when that has the same title.
     */
    public void section(String title, Consumer<ConfigReader> read) {
        int before = reader.keys().size();
        read.accept(reader);
        List<ConfigKey> keys = reader.keys();
        if (keys.size() == before) {
            return;
        }
        List<ConfigKey> added = new ArrayList<>(keys.subList(before, keys.size()));
        if (!sections.isEmpty() && sections.getLast().title().equals(title)) {
            added.addAll(0, sections.removeLast().keys());
        }
        sections.add(new Section(title, added));
    }

    /** Like {@link #section}, for a module's {@code read}, whose value it answers. */
    public <T> T read(String title, Function<ConfigReader, T> read) {
        AtomicReference<T> value = new AtomicReference<>();
        section(title, reader -> value.set(read.apply(reader)));
        return Objects.requireNonNull(value.get());
    }

    public List<Section> sections() {
        return List.copyOf(sections);
    }

    /** The sections as Markdown: a heading and a table each. */
    public String markdown() {
        StringBuilder page = new StringBuilder();
        for (Section section : sections) {
            page.append("## ").append(section.title()).append("\n\n");
            page.append("| key | value | default | meaning |\n| --- | --- | --- | --- |\n");
            for (ConfigKey key : section.keys()) {
                page.append("| `")
                        .append(key.name())
                        .append("` | ")
                        .append(cell(key.form()))
                        .append(" | ")
                        .append(key.defaultText().isEmpty() ? "" : "`" + cell(key.defaultText()) + "`")
                        .append(" | ")
                        .append(cell(key.description()))
                        .append(" |\n");
            }
            page.append('\n');
        }
        return page.toString().stripTrailing() + "\n";
    }

    /** Each key with the value it has and where that came from; secrets, and passwords in URLs, are redacted. */
    public String effective(ConfigSource source) {
        StringBuilder text = new StringBuilder();
        for (Section section : sections) {
            text.append("# ").append(section.title()).append('\n');
            for (ConfigKey key : section.keys()) {
                text.append(key.name()).append(": ").append(value(key, source)).append('\n');
            }
        }
        return text.toString();
    }

    private static String value(ConfigKey key, ConfigSource source) {
        String given = source.environment().get(key.name());
        if (given != null && !given.isBlank()) {
            return shown(key, given) + "  # from the environment";
        }
        given = source.file().get(key.name());
        if (given != null && !given.isBlank()) {
            return shown(key, given) + "  # from the file";
        }
        return key.defaultText().isEmpty() ? "(not set)" : key.defaultText();
    }

    private static String shown(ConfigKey key, String value) {
        return key.secret() ? REDACTED : PASSWORD_IN_URL.matcher(value.strip()).replaceAll("$1" + REDACTED + "@");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace('\n', ' ');
    }
}
