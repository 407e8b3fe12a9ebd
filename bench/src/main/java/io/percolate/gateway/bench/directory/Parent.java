package io.percolate.gateway.bench.directory;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The command that started this process: lines to it and from it. */
final class Parent {
    static final String FIGURE = "figure ";
    static final String READY = "ready";

    private final PrintStream out;
    private final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));

    Parent(PrintStream out) {
        this.out = out;
    }

    /** A line of the report. */
    @SuppressWarnings("AnnotateFormatMethod")
    void figure(String name, String format, Object... values) {
        say(FIGURE + name + "\t" + String.format(Locale.ROOT, format, values));
    }

    void say(String line) {
        out.println(line);
        out.flush();
    }

    /** Says that it is ready for the next step, and waits for the word. */
    void rendezvous() {
        say(READY);
        try {
            if (in.readLine() == null) {
                throw new IllegalStateException("the bench has gone away");
            }
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** The next line has arrived, so that reading it would not wait. */
    boolean isCalled() {
        try {
            return in.ready();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }
}
