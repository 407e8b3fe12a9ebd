package io.percolate.gateway.bench.directory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * Cases in small: no change is lost, and the figures are written. How good they are depends on the machine, and is not
 * looked at here. Misses and outages, which take their seconds, have tests in the directory's own module.
 */
class DirectoryCommandTest {
    @Test
    void noChangeIsLost(@TempDir Path folder) throws IOException {
        Path report = folder.resolve("report.md");
        Path plans = folder.resolve("plans.md");

        int status = new CommandLine(new DirectoryCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(
                        "--case=memory,changes,plans",
                        "--tenants=5000",
                        "--rate=1000",
                        "--seconds=1",
                        "--processes=1",
                        "--watched=600",
                        "--changes=400",
                        "--warming=0",
                        "--out=" + report,
                        "--plans=" + plans);

        assertThat(status).isZero();
        assertThat(Files.readString(report))
                .contains("| tenants cached | 5,000 of 5,000")
                .contains("| lost, entry by entry, every listening connection cut 2 times | 0 of 600 |")
                .contains("| lost, entry by entry | 0 of 600 |")
                .contains("| loads caused by activity |");
        // Over so few rows PostgreSQL may take a scan for cheaper than an index.
        assertThat(Files.readString(plans))
                .contains("## Loading 256 routes at once")
                .contains("actual time=");
    }
}
