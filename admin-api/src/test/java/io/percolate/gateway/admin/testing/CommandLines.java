package io.percolate.gateway.admin.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** Runs commands in the test's own JVM. */
public final class CommandLines {
    private CommandLines() {}

    /** What a command left behind. */
    public record Run(int exitCode, String out, String err) {}

    public static Run run(CommandLine commandLine, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = commandLine
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Run(exitCode, out.toString(), err.toString());
    }
}
