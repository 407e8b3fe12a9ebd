package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Requests, wakes, moves between pods, evictions to disk and to S3, changes of tiers, and processes and pods that die in the
 * middle of any of it, all at once and at random: no write that a pod has accepted is lost, and no tenant is served by two pods.
 *
 * <p>{@code -Dpercolate.races.steps=100000} is the long form; {@code -Dpercolate.races.seed=N} repeats a run's choices,
 * though not the order in which threads carry them out.
 */
class ResidencyRacesTest {
    private static final int STEPS = Integer.getInteger("percolate.races.steps", 600);
    private static final long SEED = Long.getLong("percolate.races.seed", System.nanoTime());
    private static final int THREADS = 8;
    private static final int RESTARTS_EACH = 200;

    private Path folder;
    private RaceFleet fleet;

    @BeforeEach
    void start() {
        folder = TemporaryFolder.create("races");
        fleet = new RaceFleet(folder);
    }

    @AfterEach
    void stop() {
        fleet.close();
        TemporaryFolder.delete(folder);
    }

    @Test
    void noAcceptedWriteIsLostAndNoTenantHasTwoHosts() throws Exception {
        System.out.println("races: " + STEPS + " steps, seed " + SEED);
        AtomicLong steps = new AtomicLong();
        List<Future<?>> racing = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom random = new SplittableRandom(SEED + i);
                racing.add(threads.submit(() -> {
                    while (steps.incrementAndGet() <= STEPS) {
                        step(random);
                    }
                    return null;
                }));
            }
            for (Future<?> each : racing) {
                each.get();
            }
        }

        // Chance may have sent no eviction to S3 to a tenant that was warm just then. What this loses is found below,
        // too.
        RaceProcess process = fleet.processes().getFirst();
        for (RaceTenant tenant : fleet.tenants()) {
            fleet.evict(process, tenant, false);
            fleet.evict(process, tenant, true);
        }
        System.out.println("races: " + fleet.counts());
        for (RaceTenant tenant : fleet.tenants()) {
            fleet.settle(tenant);
        }
        assertThat(fleet.problems()).as("seed %d", SEED).isEmpty();
        assertThat(fleet.count("write")).isPositive();
        assertThat(fleet.count("move Moved")).isPositive();
        assertThat(fleet.count("evicted to warm")).isPositive();
        assertThat(fleet.count("evicted to cold")).isPositive();
        for (TenantId tenant : fleet.tenants().stream().map(RaceTenant::id).toList()) {
            assertThat(fleet.hosts(tenant))
                    .as("hosts of %s, seed %d", tenant, SEED)
                    .hasSizeLessThanOrEqualTo(1);
        }
    }

    private void step(SplittableRandom random) {
        RaceTenant tenant = fleet.tenants().get(random.nextInt(fleet.tenants().size()));
        RaceProcess process =
                fleet.processes().get(random.nextInt(fleet.processes().size()));
        int choice = random.nextInt(100);
        if (random.nextInt(RESTARTS_EACH) == 0) {
            fleet.restartPod(random);
        } else if (choice < 38) {
            fleet.write(process, tenant);
        } else if (choice < 52) {
            fleet.read(process, tenant);
        } else if (choice < 58) {
            fleet.ghostWrite(tenant, random);
        } else if (choice < 74) {
            fleet.move(process, tenant, random);
        } else if (choice < 80) {
            fleet.dieMoving(process, tenant, random);
        } else if (choice < 86) {
            fleet.evict(process, tenant, false);
        } else if (choice < 93) {
            fleet.evict(process, tenant, true);
        } else if (choice < 96) {
            fleet.dieEvicting(process, tenant, random);
        } else {
            fleet.changeTier(tenant, random);
        }
    }
}
