package io.percolate.gateway.proxy.engine.http1;

import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;

/** Fields that are the same in many heads, put together once: as HTTP/1.1 writes them, and each by itself. */
public final class FixedFields {
    /** None: costs nothing. */
    public static final FixedFields NONE = new Builder().build();

    private final AsciiString lines;
    private final List<AsciiString> names;
    private final List<AsciiString> values;

    private FixedFields(AsciiString lines, List<AsciiString> names, List<AsciiString> values) {
        this.lines = lines;
        this.names = names;
        this.values = values;
    }

    public static FixedFields of(String name, String value) {
        return new Builder().add(name, value).build();
    }

    /** Whole lines, each with its end. */
    AsciiString lines() {
        return lines;
    }

    public int size() {
        return names.size();
    }

    /** The name of one of them, in lower case. */
    public AsciiString name(int index) {
        return names.get(index);
    }

    public AsciiString value(int index) {
        return values.get(index);
    }

    @Override
    public String toString() {
        return lines.toString();
    }

    /** Fields while they are put together. */
    static final class Builder {
        private final StringBuilder lines = new StringBuilder();
        private final List<AsciiString> names = new ArrayList<>();
        private final List<AsciiString> values = new ArrayList<>();

        Builder add(String name, String value) {
            lines.append(name).append(": ").append(value).append("\r\n");
            names.add(AsciiString.of(name).toLowerCase());
            values.add(AsciiString.of(value));
            return this;
        }

        FixedFields build() {
            return new FixedFields(AsciiString.of(lines), List.copyOf(names), List.copyOf(values));
        }
    }
}
