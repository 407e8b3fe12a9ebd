package io.percolate.gateway.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.fixtures.TemporaryFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code ./gateway bench faults} in small, with bounds on what must be true and none on time. */
class FaultsTest {
    @Test
    void tenantsOfOtherPodsNoticeNothingOfOneThatResetsItsAnswersNorAnybodyOfARedisThatIsKilled() {
        Path folder = TemporaryFolder.create("faults");
        try (FaultRig rig = new FaultRig(
                folder, 2, FaultsCommand.TENANTS_OF_POD, FaultsCommand.DELAY_MILLIS, FaultsCommand.QUICK)) {
            List<FaultResult> results = new FaultRun(rig, 5, 500, 200, 1_000, 700)
                    .run(List.of(FaultCase.RESETTING, FaultCase.REDIS_KILLED), false);

            assertThat(results).hasSize(2).allSatisfy(result -> {
                assertThat(result.broken(false)).isEmpty();
                assertThat(result.others().count()).isPositive();
            });
            assertThat(results.getFirst().affected().failed()).isPositive();
            assertThat(results.getFirst().ejectMillis()).isPositive();
        } finally {
            TemporaryFolder.delete(folder);
        }
    }
}
