package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardsCommandTest {
    @Test
    void aChangeIsShownFirstAndCarriedOutWhenAsked() {
        try (RunningManagement management = RunningManagement.start()) {
            assertThat(run(management, "set", "eu-0", "--group", "eu", "--tier", "b", "--apply")
                            .out())
                    .contains("100.0 % of all keys move", "done: eu-0  group eu", "active  weight 1.0");
            management.newTenant("B");

            Run shown = run(management, "set", "eu-0", "--group", "eu", "--status", "draining");

            assertThat(shown.exitCode()).as(shown.err()).isZero();
            assertThat(shown.out())
                    .contains("1 of 1 tenants get another home", "eu-0 -> none  1", "nothing was changed");
            assertThat(management.value("SELECT status FROM shards WHERE id = 'eu-0'"))
                    .isEqualTo("active");

            Run done = run(management, "set", "eu-0", "--group", "eu", "--status", "draining", "--apply");

            assertThat(done.out()).contains("done: eu-0", "draining");
            assertThat(run(management, "list").out()).startsWith("eu-0  group eu (generation ");
            Run wrong = run(management, "set", "eu-0", "--group", "eu", "--status", "gone");
            assertThat(wrong.exitCode()).isEqualTo(1);
            assertThat(wrong.err()).contains("answered 400");
        }
    }

    private static Run run(RunningManagement management, String... arguments) {
        List<String> all = new ArrayList<>(List.of("shards"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--url", "http://127.0.0.1:" + management.port()));
        return CommandLines.run(
                ManagementMain.commandLine(Map.of("PERCOLATE_ADMIN_TOKEN", RunningManagement.WRITER)),
                all.toArray(String[]::new));
    }
}
