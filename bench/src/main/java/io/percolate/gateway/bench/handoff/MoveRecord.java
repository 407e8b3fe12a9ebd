package io.percolate.gateway.bench.handoff;

import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import java.util.Optional;

/**
 * One move as its process tells of it.
 *
 * @param outcome the name of the outcome
 * @param from empty unless it was moved, as {@code to}
 * @param beganNanos by the machine's monotonic clock, which all of its processes share
 */
record MoveRecord(
        TenantId tenant,
        String outcome,
        String from,
        String to,
        long epoch,
        long heldNanos,
        long beganNanos,
        long endedNanos) {
    private static final String MARK = "MOVE";
    private static final int WORDS = 9;
    private static final String NONE = "-";

    static MoveRecord of(TenantId tenant, MoveOutcome outcome, long beganNanos, long endedNanos) {
        String name = outcome.getClass().getSimpleName();
        return outcome instanceof MoveOutcome.Moved moved
                ? new MoveRecord(
                        tenant,
                        name,
                        moved.from().value(),
                        moved.to().value(),
                        moved.epoch(),
                        moved.held().toNanos(),
                        beganNanos,
                        endedNanos)
                : new MoveRecord(tenant, name, NONE, NONE, 0, 0, beganNanos, endedNanos);
    }

    boolean isMoved() {
        return !from.equals(NONE);
    }

    String line() {
        return String.join(
                " ",
                MARK,
                tenant.toString(),
                outcome,
                from,
                to,
                Long.toString(epoch),
                Long.toString(heldNanos),
                Long.toString(beganNanos),
                Long.toString(endedNanos));
    }

    /** Empty for any other line of a mover's output. */
    static Optional<MoveRecord> parse(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != WORDS || !words[0].equals(MARK)) {
            return Optional.empty();
        }
        return Optional.of(new MoveRecord(
                TenantId.of(words[1]),
                words[2],
                words[3],
                words[4],
                Long.parseLong(words[5]),
                Long.parseLong(words[6]),
                Long.parseLong(words[7]),
                Long.parseLong(words[8])));
    }
}
