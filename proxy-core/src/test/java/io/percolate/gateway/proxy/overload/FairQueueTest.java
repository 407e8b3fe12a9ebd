package io.percolate.gateway.proxy.overload;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FairQueueTest {
    private static final TenantId LOUD = tenant(1);
    private static final TenantId QUIET = tenant(2);

    private final FairQueue<String> queue = new FairQueue<>();

    private static TenantId tenant(int number) {
        return new TenantId(new UUID(0, number));
    }

    private List<String> polled(int count) {
        return IntStream.range(0, count).mapToObj(i -> queue.poll()).toList();
    }

    @Test
    void aTenantWaitsForOneRequestOfEachOtherHoweverManyTheyHave() {
        for (int i = 0; i < 100; i++) {
            queue.add(LOUD, 1, "loud " + i);
        }
        queue.add(QUIET, 1, "quiet 0");
        queue.add(QUIET, 1, "quiet 1");

        assertThat(polled(5)).containsExactly("loud 0", "quiet 0", "loud 1", "quiet 1", "loud 2");
        assertThat(queue.size()).isEqualTo(97);
    }

    @Test
    void largeRequestsHaveFewerTurns() {
        for (int i = 0; i < 8; i++) {
            queue.add(LOUD, FairQueue.cost(192 << 10), "large");
            queue.add(QUIET, FairQueue.cost(100), "small");
        }

        assertThat(polled(10).stream().filter("large"::equals)).hasSize(2);
        assertThat(FairQueue.cost(-1)).isEqualTo(4);
        assertThat(FairQueue.cost(1L << 40)).isEqualTo(FairQueue.COST_MAX);
    }

    @Test
    void theNewestOfTheTenantWithMostWaitingMakesRoom() {
        queue.add(LOUD, 1, "loud 0");
        queue.add(LOUD, 1, "loud 1");
        queue.add(QUIET, 1, "quiet 0");

        assertThat(queue.takeNewestOfBusierThan(QUIET)).as("as many then").isNull();
        assertThat(queue.takeNewestOfBusierThan(LOUD)).isNull();
        queue.add(LOUD, 1, "loud 2");
        assertThat(queue.takeNewestOfBusierThan(QUIET)).isEqualTo("loud 2");
        assertThat(queue.takeNewestOfBusierThan(tenant(3))).isEqualTo("loud 1");
        assertThat(queue.takeNewestOfBusierThan(tenant(3))).isNull();
        assertThat(polled(3)).containsExactly("loud 0", "quiet 0", null);
        assertThat(queue.takeNewestOfBusiest()).isNull();
    }

    @Test
    void whateverHappensNothingIsLostAndTurnsStayEven() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<String, TenantId> waiting = new HashMap<>();
        for (int step = 0; step < 20_000; step++) {
            TenantId tenant = tenant(random.nextInt(6));
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    String item = tenant + " " + step;
                    queue.add(tenant, 1 + random.nextInt(FairQueue.COST_MAX), item);
                    waiting.put(item, tenant);
                }
                case 2 -> {
                    String next = queue.poll();
                    assertThat(next == null).as("seed %d", seed).isEqualTo(waiting.isEmpty());
                    waiting.remove(next);
                }
                case 3 -> {
                    if (!waiting.isEmpty()) {
                        String any = new ArrayList<>(waiting.keySet()).get(random.nextInt(waiting.size()));
                        assertThat(queue.remove(Objects.requireNonNull(waiting.remove(any)), any))
                                .as("seed %d", seed)
                                .isTrue();
                        assertThat(queue.remove(tenant, any)).isFalse();
                    }
                }
                default -> waiting.remove(queue.takeNewestOfBusierThan(tenant));
            }
            assertThat(queue.size()).as("seed %d", seed).isEqualTo(waiting.size());
        }
        while (!waiting.isEmpty()) {
            assertThat(waiting.remove(queue.poll())).as("seed %d", seed).isNotNull();
        }
        assertThat(queue.isEmpty()).isTrue();
    }
}
