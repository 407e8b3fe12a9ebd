package io.percolate.gateway.bench.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Every case once, small: what must be lost by none is lost by none, and the figures are written. */
class DirectoryCommandTest {
    @Test
    void everyCaseRunsAndNothingIsLost(@TempDir Path folder) throws IOException {
        Path report = folder.resolve("report.md");
        Path plans = folder.resolve("plans.md");

        int status = new CommandLine(new DirectoryCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(
                        "--case=memory,misses,changes,bulk,outage,plans",
                        "--tenants=6000",
                        "--rate=1000",
                        "--seconds=2",
                        "--processes=2",
                        "--watched=600",
                        "--changes=300",
                        "--bulk=4000",
                        "--known=2000",
                        "--outage=2",
                        "--out=" + report,
                        "--plans=" + plans);

        assertThat(status).isZero();
        assertThat(Files.readString(report))
                .contains("| tenants cached | 6,000 of 6,000")
                .contains("| loads caused by activity | 0 |")
                .contains("| lost, entry by entry, across two cuts of every listening connection | 0 of 1,200 |")
                .contains("| lost, entry by entry | 0 of 1,200 |")
                .contains("(100.0000 %)")
                .contains("0 failed");
        assertThat(Files.readString(plans)).contains("idx_tenant_states_news").contains("tenant_states_pkey");
    }
}
