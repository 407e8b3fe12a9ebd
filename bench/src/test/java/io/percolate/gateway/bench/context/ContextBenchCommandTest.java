package io.percolate.gateway.bench.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ContextBenchCommandTest {
    @Test
    void coldTenantsAreAnsweredHoweverSlowlyClientsRead() {
        StringWriter out = new StringWriter();

        new CommandLine(new ContextBenchCommand())
                .setOut(new PrintWriter(out, true))
                .execute("--rate 5 --seconds 1 --warm 1 --readers 20 --slow-seconds 2 --large-mib 2".split(" "));

        // How many of those that a busy machine answers too late are held instead is not what is tested.
        assertThat(out.toString())
                .containsPattern("from S3 +5 ")
                .containsPattern("cached +5 +0 ")
                .contains("20 served");
    }
}
