package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code tenants move}, {@code pods}, {@code rebalance} and {@code migrations} against a running management process. */
class MoveCommandsTest {
    private static RunningManagement management;

    @BeforeAll
    static void start() {
        management = RunningManagement.start(
                "MANAGEMENT_MIGRATION_INTERVAL", "20ms",
                "GATEWAY_LIFECYCLE_ENABLED", "false",
                "MANAGEMENT_REBALANCE_SETTLE", "0s",
                // The pods of this test are rows alone.
                "MANAGEMENT_POD_LATE_AFTER", "1h",
                "GATEWAY_POD_HEARTBEAT_MAX", "30m",
                "GATEWAY_POD_DEAD_AFTER", "30m");
        management
                .database()
                .execute("INSERT INTO pods (id, tier, host, port, capacity, reconciled_at) VALUES"
                        + " ('tier-b-0', 'B', '127.0.0.1', 1, 12, now() + interval '1 hour'),"
                        + " ('tier-b-1', 'B', '127.0.0.1', 2, 12, now() + interval '1 hour')");
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void tenantsAreMovedAndTheEndIsWaitedFor() {
        String tenant = management.newTenant("C");

        Run moved = run("tenants", "move", tenant, "--to-tier", "B", "--concurrent", "1");

        assertThat(moved.exitCode()).as(moved.err()).isZero();
        assertThat(moved.out()).contains("migration ").contains("1 of 1 ended").contains("completed");
        assertThat(management.value("SELECT tier FROM tenants WHERE id = '" + tenant + "'"))
                .isEqualTo("B");
        String id = moved.out().lines().findFirst().orElse("").replace("migration ", "");
        assertThat(run("migrations", "list", "--status", "completed").out()).contains(id);
        assertThat(run("migrations", "watch", id).exitCode()).isZero();
        Run canceled = run("migrations", "cancel", id);
        assertThat(canceled.exitCode()).isEqualTo(1);
        assertThat(canceled.err()).contains("the migration is completed");
    }

    @Test
    void aPodIsDrainedAndTakenBack() {
        Run drained = run("pods", "drain", "tier-b-0", "--wait", "30");
        assertThat(drained.exitCode()).as(drained.err()).isZero();
        assertThat(drained.out()).contains("tier-b-0 is empty");
        assertThat(run("pods", "list", "--tier", "B").out())
                .contains("draining")
                .contains("127.0.0.1:1");

        assertThat(run("pods", "undrain", "tier-b-0").out()).contains("tier-b-0 is ready");
        Run refused = run("pods", "give-up", "tier-b-0", "--yes");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("is not lost");
        assertThat(run("pods", "give-up", "tier-b-0").exitCode()).isEqualTo(2);
    }

    @Test
    void aPlanIsShownBeforeItIsRun() {
        for (int i = 0; i < 4; i++) {
            String tenant = management.newTenant("B");
            management
                    .database()
                    .execute(
                            "UPDATE tenant_states SET state = 'hot', pod_id = 'tier-b-1', epoch = 1 WHERE tenant_id = '"
                                    + tenant + "'");
        }

        Run plan = run("rebalance", "--plan", "--tier", "B");

        assertThat(plan.exitCode()).as(plan.err()).isZero();
        assertThat(plan.out())
                .contains("tier B, region default: fullest pod to mean 2.00 -> 1.00 by load")
                .contains("tier-b-1 -> tier-b-0")
                .contains("2 moves");
        assertThat(run("rebalance").exitCode()).as("neither --plan nor --run").isEqualTo(2);
        management
                .database()
                .execute("UPDATE tenant_states SET state = 'cold', pod_id = NULL WHERE pod_id = 'tier-b-1'");
    }

    @Test
    void helpIsThereForEach() {
        for (String command : new String[] {"pods", "rebalance", "migrations"}) {
            assertThat(run(command, "--help").exitCode()).isZero();
        }
        assertThat(run("tenants", "--help").out()).contains("move");
        assertThat(run("tenants", "move", "--help").out()).contains("--to-tier");
    }

    private static Run run(String... arguments) {
        String[] whole = arguments;
        if (!arguments[arguments.length - 1].equals("--help")) {
            whole = Stream.concat(Arrays.stream(arguments), Stream.of("--url", "http://127.0.0.1:" + management.port()))
                    .toArray(String[]::new);
        }
        return CommandLines.run(
                ManagementMain.commandLine(Map.of("PERCOLATE_ADMIN_TOKEN", RunningManagement.WRITER)), whole);
    }
}
