package io.percolate.gateway.bench.handoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.FleetPlan;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.fixtures.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * The short form of {@code bench handoff}: over real processes, one of each kind killed. {@code
 * -Dpercolate.handoff.seed=N} repeats what is random of a run.
 */
class HandoffIT {
    private static final long SEED = Long.getLong("percolate.handoff.seed", System.nanoTime());

    @Test
    void tenantsMoveUnderLoadAndKillsWithNothingLost() throws Exception {
        System.out.println("hand-off: seed " + SEED);
        Path folder = TemporaryFolder.create("handoff");
        HandoffResult result;
        try (TestDatabase postgres = PostgresFixture.freshDatabase();
                Fleet fleet = new Fleet(postgres, null, FleetPlan.ofMoves(2, 2, 1, 4, 60, SEED), folder)) {
            fleet.start();
            result = new HandoffRun(
                            fleet,
                            new HandoffRun.Plan(
                                    30, Duration.ofSeconds(60), Duration.ofMillis(200), Duration.ZERO, 3, 2, SEED),
                            System.out::println)
                    .run();
        } finally {
            TemporaryFolder.delete(folder);
        }

        System.out.println(result.markdown());
        for (Problem problem : Problem.values()) {
            assertThat(result.problems(problem))
                    .as("%s, seed %d", problem.text(), SEED)
                    .isZero();
        }
        assertThat(result.moved()).isPositive();
        assertThat(result.kills()).isPositive();
        assertThat(result.count("register reads")).isPositive();
        assertThat(result.count("writes under an epoch of the past, refused")).isPositive();
    }
}
