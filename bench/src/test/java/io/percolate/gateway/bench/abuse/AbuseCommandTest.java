package io.percolate.gateway.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class AbuseCommandTest {
    @Test
    void othersAreAnsweredWhateverAbuseGoesOnBesideThem(@TempDir Path folder) throws Exception {
        StringWriter out = new StringWriter();

        int exit = new CommandLine(new AbuseCommand())
                .setOut(new PrintWriter(out, true))
                .execute(
                        ("--together --anywhere --offenders 100 --rate 100 --seconds 1 --rounds 1 --warmup 0 --patience 300"
                                        + " --tenants 10 --distribution " + folder.resolve("none") + " --out " + folder)
                                .split(" "));

        String report = Files.readString(folder.resolve("ABUSE.md"));
        assertThat(exit).as(out.toString()).isZero();
        assertThat(report)
                .startsWith("# Abuse\n\n## Results\n\nCommand: `./gateway bench")
                .containsPattern("\\| together \\| 100 % \\|.*\\| [1-9][0-9,]* \\| [1-9]")
                .contains("Success of the others 100 %: met by all");
    }
}
