package io.percolate.gateway.bench.context;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ContextBenchCommandTest {
    @Test
    void everyColdTenantIsAnsweredHoweverSlowlyClientsRead() {
        StringWriter out = new StringWriter();

        int status = new CommandLine(new ContextBenchCommand())
                .setOut(new PrintWriter(out, true))
                .execute("--rate", "20", "--seconds", "1", "--readers", "50", "--large-mib", "2");

        assertThat(status).as(out.toString()).isZero();
        assertThat(out.toString()).contains("from S3", "cached", "50 served");
    }
}
