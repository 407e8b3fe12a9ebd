package io.percolate.gateway.proxy.noise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HeavyHittersTest {
    @Test
    void countsExactlyWhileThereIsRoom() {
        HeavyHitters sketch = new HeavyHitters(3);
        for (int i = 0; i < 5; i++) {
            sketch.saw(tenant(1), 1);
        }
        sketch.saw(tenant(2), 1);
        sketch.saw(tenant(3), 1);
        sketch.saw(tenant(3), 1);

        assertThat(counts(sketch))
                .containsExactlyInAnyOrderEntriesOf(Map.of(tenant(1), 5L, tenant(2), 1L, tenant(3), 2L));
    }

    @Test
    void givesTheSmallestCounterToANewcomerAlongWithItsCount() {
        HeavyHitters sketch = new HeavyHitters(2);
        sketch.saw(tenant(1), 1);
        sketch.saw(tenant(1), 1);
        sketch.saw(tenant(2), 1);

        sketch.saw(tenant(3), 1);

        assertThat(counts(sketch)).containsExactlyInAnyOrderEntriesOf(Map.of(tenant(1), 2L, tenant(3), 2L));
    }

    @Test
    void keepsItsPromisesOverARandomStream() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int capacity = 50;
        int total = 50_000;
        HeavyHitters sketch = new HeavyHitters(capacity);
        Map<TenantId, Long> truth = new HashMap<>();

        for (int i = 0; i < total; i++) {
            // Zipf-like: a few tenants make most of the traffic of a thousand.
            TenantId tenant = tenant((int) Math.min(999, Math.floor(1 / (random.nextDouble() + 0.001)) - 1));
            sketch.saw(tenant, 1);
            truth.merge(tenant, 1L, Long::sum);
        }

        Map<TenantId, Long> counts = counts(sketch);
        assertThat(sketch.size()).as("seed %d", seed).isLessThanOrEqualTo(capacity);
        assertThat(counts.values().stream().mapToLong(Long::longValue).sum())
                .as("seed %d: every request is counted once", seed)
                .isEqualTo(total);
        truth.forEach((tenant, count) -> {
            if (count > total / capacity) {
                assertThat(counts).as("seed %d: a heavy hitter is there", seed).containsKey(tenant);
            }
        });
        counts.forEach((tenant, count) -> assertThat(count - truth.getOrDefault(tenant, 0L))
                .as("seed %d: error of %s", seed, tenant)
                .isBetween(0L, (long) total / capacity));
    }

    @Test
    void needsACounter() {
        assertThatThrownBy(() -> new HeavyHitters(0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Map<TenantId, Long> counts(HeavyHitters sketch) {
        Map<TenantId, Long> counts = new HashMap<>();
        sketch.addTo(counts);
        return counts;
    }

    private static TenantId tenant(int number) {
        return new TenantId(new UUID(0, number));
    }
}
