package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.placement.Candidate;
import io.percolate.gateway.warmup.pod.PodRow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ManyAssignmentsTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration HEARTBEAT_MAX = Duration.ofMinutes(10);

    private final Fleet fleet = new Fleet();
    private final Waker one = new Waker();
    private final Waker other = new Waker();

    @AfterEach
    void stop() {
        fleet.close();
    }

    /** A gateway's identity, its claims and its assignments. */
    private final class Waker {
        private final UUID owner = UUID.randomUUID();
        private final WakeStore store = new PostgresWakeStore(fleet.connections(), owner, LEASE, HEARTBEAT_MAX);
        private final ManyAssignments assignments =
                new ManyAssignments(fleet.connections(), owner, LEASE, HEARTBEAT_MAX);

        List<TenantId> claimed(int count) {
            List<TenantId> tenants = fleet.tenants(count, Tier.A);
            tenants.forEach(tenant -> store.claim(fleet.route(tenant)).block(Fleet.PATIENCE));
            return tenants;
        }

        Map<TenantId, Assignment.Outcome> assign(List<Assignment> all) {
            return fleet.outcome(Flux.fromIterable(all)
                    .flatMap(
                            assignment -> assignments
                                    .assign(assignment)
                                    .map(outcome -> Map.entry(assignment.tenant(), outcome)),
                            all.size())
                    .collectMap(Map.Entry::getKey, Map.Entry::getValue));
        }
    }

    private Map<PodId, PodRow> pods(TenantId tenant) {
        return Objects.requireNonNull(one.store.candidates(fleet.row(tenant)).block(Fleet.PATIENCE)).stream()
                .map(Candidate::pod)
                .collect(Collectors.toMap(PodRow::id, Function.identity()));
    }

    private static Assignment into(TenantId tenant, long epoch, PodRow pod, @Nullable PodRow alternative) {
        return new Assignment(tenant, epoch, 0, pod, alternative, null, true);
    }

    @Test
    void eachIsToldWhatCameOfItsOwn() {
        fleet.pod("a-0", Tier.A, 2, 0);
        List<TenantId> tenants = one.claimed(5);
        PodRow pod = Objects.requireNonNull(pods(tenants.getFirst()).get(new PodId("a-0")));
        TenantId unclaimed = other.claimed(1).getFirst();

        Map<TenantId, Assignment.Outcome> outcomes = one.assign(List.of(
                into(tenants.get(0), 0, pod, null),
                into(tenants.get(1), 7, pod, null),
                into(unclaimed, 0, pod, null),
                new Assignment(tenants.get(2), 0, 41, pod, null, null, true),
                into(tenants.get(3), 0, pod, null),
                new Assignment(tenants.get(4), 0, 0, pod, null, pod.id(), false)));

        assertThat(outcomes)
                .containsEntry(tenants.get(0), new Assignment.Assigned(1, pod))
                .containsEntry(tenants.get(1), new Assignment.ClaimLost())
                .containsEntry(unclaimed, new Assignment.ClaimLost())
                .containsEntry(tenants.get(2), new Assignment.Assigned(42, pod))
                .containsEntry(tenants.get(3), new Assignment.NoRoomLeft())
                .containsEntry(tenants.get(4), new Assignment.Assigned(1, pod));
        assertThat(fleet.row(tenants.get(2)).epoch()).isEqualTo(42);
        assertThat(fleet.row(tenants.get(3)).pod()).isNull();
        assertThat(fleet.row(unclaimed).epoch()).isZero();
    }

    @Test
    void whoIsInOneCallCountsForThoseAfterIt() {
        fleet.pod("a-0", Tier.A, 30, 0);
        fleet.pod("a-1", Tier.A, 30, 0);
        List<TenantId> tenants = one.claimed(40);
        Map<PodId, PodRow> pods = pods(tenants.getFirst());
        PodRow first = Objects.requireNonNull(pods.get(new PodId("a-0")));
        PodRow second = Objects.requireNonNull(pods.get(new PodId("a-1")));

        Map<TenantId, Assignment.Outcome> outcomes = one.assign(
                tenants.stream().map(tenant -> into(tenant, 0, first, second)).toList());

        assertThat(outcomes.values().stream()
                        .filter(new Assignment.Assigned(1, first)::equals)
                        .count())
                .isEqualTo(20);
        assertThat(outcomes.values().stream()
                        .filter(new Assignment.Assigned(1, second)::equals)
                        .count())
                .isEqualTo(20);
    }

    /** Each takes the rows of the pods in its own order, were they not taken in one. */
    @Test
    void processesThatWantIntoTheSamePodsDoNotBlockEachOther() {
        for (int i = 0; i < 6; i++) {
            fleet.pod("a-" + i, Tier.A, 100, 0);
        }
        List<TenantId> mine = one.claimed(60);
        List<TenantId> theirs = other.claimed(60);
        List<PodRow> pods = List.copyOf(pods(mine.getFirst()).values());

        Mono<Map<TenantId, Assignment.Outcome>> ours =
                Mono.fromCallable(() -> one.assign(inTurn(mine, pods))).subscribeOn(Schedulers.boundedElastic());
        Mono<Map<TenantId, Assignment.Outcome>> others = Mono.fromCallable(
                        () -> other.assign(inTurn(theirs, pods.reversed())))
                .subscribeOn(Schedulers.boundedElastic());
        Mono.zip(ours, others)
                .doOnNext(both -> {
                    assertThat(both.getT1().values()).hasSize(60).allMatch(Assignment.Assigned.class::isInstance);
                    assertThat(both.getT2().values()).hasSize(60).allMatch(Assignment.Assigned.class::isInstance);
                })
                .block(Fleet.PATIENCE);
    }

    private static List<Assignment> inTurn(List<TenantId> tenants, List<PodRow> pods) {
        return IntStream.range(0, tenants.size())
                .mapToObj(i -> into(tenants.get(i), 0, pods.get(i % pods.size()), pods.get((i + 1) % pods.size())))
                .toList();
    }

    private List<Throwable> failures(List<Assignment> all) {
        return fleet.outcome(Flux.fromIterable(all)
                .flatMap(assignment -> one.assignments
                        .assign(assignment)
                        .<Throwable>map(outcome -> new AssertionError(outcome.toString()))
                        .onErrorResume(Mono::just))
                .collectList());
    }

    @Test
    void aCallThatFailsFailsForAllOfItAndTheNextIsSent() {
        fleet.pod("a-0", Tier.A, 10, 0);
        List<TenantId> tenants = one.claimed(3);
        PodRow pod = Objects.requireNonNull(pods(tenants.getFirst()).get(new PodId("a-0")));
        List<Assignment> all =
                tenants.stream().map(tenant -> into(tenant, 0, pod, null)).toList();
        fleet.sql("ALTER TABLE tenant_states RENAME TO away");
        try {
            // Of all: who has not failed by then would be assigned behind the test's back.
            assertThat(failures(all)).hasSize(3).allMatch(DatabaseException.class::isInstance);
        } finally {
            fleet.sql("ALTER TABLE away RENAME TO tenant_states");
        }

        assertThat(one.assign(all).values()).hasSize(3).allMatch(Assignment.Assigned.class::isInstance);
    }
}
