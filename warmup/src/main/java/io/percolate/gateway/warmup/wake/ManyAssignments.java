package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.warmup.placement.Assignment;
import io.percolate.gateway.warmup.pod.PodRow;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Gives the tenants of one process to pods many at a time.
 *
 * <p>Each assignment holds the rows of its pods until it is committed, so that of many who want into the same few pods all
 * but one wait, on a connection each, and each for all before it. One call holds the rows once.
 */
final class ManyAssignments {
    /** So few that other processes, who want into the same pods, do not wait for long. */
    private static final int BATCH_MAX = 50;
    /** No pod: an array has no null here. */
    private static final String NONE = "";

    private final Statements database;
    private final UUID owner;
    private final Duration lease;
    private final Duration heartbeatMax;
    private final Batches<Asked> batches =
            new Batches<>(BATCH_MAX, this::send, (one, error) -> one.answer().error(error));

    private record Asked(Assignment assignment, MonoSink<Assignment.Outcome> answer) {}

    ManyAssignments(Statements database, UUID owner, Duration lease, Duration heartbeatMax) {
        this.database = database;
        this.owner = owner;
        this.lease = lease;
        this.heartbeatMax = heartbeatMax;
    }

    /** Goes on to its end when its caller goes away. */
    Mono<Assignment.Outcome> assign(Assignment assignment) {
        return Mono.create(answer -> batches.add(new Asked(assignment, answer)));
    }

    private Mono<Void> send(List<Asked> batch) {
        return database.query(
                        WakeSql.ASSIGN_ALL,
                        row -> Map.entry(
                                number(row), outcome(row, batch.get(number(row)).assignment())),
                        owner,
                        lease.toMillis(),
                        heartbeatMax.toMillis(),
                        all(batch, UUID[]::new, one -> one.tenant().value()),
                        all(batch, Long[]::new, Assignment::epoch),
                        all(batch, Long[]::new, Assignment::epochFloor),
                        all(batch, String[]::new, one -> one.pod().id().value()),
                        all(batch, String[]::new, one -> orNone(idOf(one.alternative()))),
                        all(batch, Boolean[]::new, Assignment::intoRoom),
                        all(batch, String[]::new, one -> orNone(one.holder())),
                        all(batch, String[]::new, ManyAssignments::deployment))
                .doOnNext(outcomes -> answer(batch, outcomes))
                .then();
    }

    private static void answer(List<Asked> batch, List<Map.Entry<Integer, Assignment.Outcome>> outcomes) {
        Map<Integer, Assignment.Outcome> byNumber = new HashMap<>();
        outcomes.forEach(outcome -> byNumber.put(outcome.getKey(), outcome.getValue()));
        for (int i = 0; i < batch.size(); i++) {
            MonoSink<Assignment.Outcome> answer = batch.get(i).answer();
            Assignment.Outcome outcome = byNumber.get(i);
            if (outcome == null) {
                answer.error(new IllegalStateException("PostgreSQL has not told what came of an assignment"));
            } else {
                answer.success(outcome);
            }
        }
    }

    private static int number(Readable row) {
        return Math.toIntExact(Objects.requireNonNull(row.get("number", Long.class))) - 1;
    }

    private static Assignment.Outcome outcome(Readable row, Assignment assignment) {
        String pod = row.get("assigned_pod", String.class);
        if (pod == null) {
            return new Assignment.NoRoomLeft();
        }
        Long epoch = row.get("assigned_epoch", Long.class);
        PodRow alternative = assignment.alternative();
        return epoch == null
                ? new Assignment.ClaimLost()
                : new Assignment.Assigned(
                        epoch,
                        alternative != null && pod.equals(alternative.id().value()) ? alternative : assignment.pod());
    }

    private static <T> T[] all(
            List<Asked> batch, Function<Integer, T[]> array, Function<? super Assignment, ? extends T> of) {
        T[] values = array.apply(batch.size());
        for (int i = 0; i < values.length; i++) {
            values[i] = of.apply(batch.get(i).assignment());
        }
        return values;
    }

    private static String orNone(@Nullable PodId pod) {
        return pod == null ? NONE : pod.value();
    }

    private static @Nullable PodId idOf(@Nullable PodRow pod) {
        return pod == null ? null : pod.id();
    }

    private static String deployment(Assignment assignment) {
        return "tier-" + assignment.pod().tier().name().toLowerCase(Locale.ROOT);
    }
}
