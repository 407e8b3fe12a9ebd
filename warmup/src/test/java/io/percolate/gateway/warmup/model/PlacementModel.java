package io.percolate.gateway.warmup.model;

import static io.percolate.gateway.warmup.model.State.ACKNOWLEDGED;
import static io.percolate.gateway.warmup.model.State.COLD;
import static io.percolate.gateway.warmup.model.State.GATE_EPOCH;
import static io.percolate.gateway.warmup.model.State.GATE_POD;
import static io.percolate.gateway.warmup.model.State.HOT;
import static io.percolate.gateway.warmup.model.State.IN_MEMORY;
import static io.percolate.gateway.warmup.model.State.LOADING;
import static io.percolate.gateway.warmup.model.State.MESSAGE_EPOCH;
import static io.percolate.gateway.warmup.model.State.MESSAGE_FROM;
import static io.percolate.gateway.warmup.model.State.MESSAGE_FROM_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.MESSAGE_KIND;
import static io.percolate.gateway.warmup.model.State.MESSAGE_POD;
import static io.percolate.gateway.warmup.model.State.POD_DATA;
import static io.percolate.gateway.warmup.model.State.POD_DATA_EPOCH;
import static io.percolate.gateway.warmup.model.State.POD_FENCE;
import static io.percolate.gateway.warmup.model.State.POD_STATE;
import static io.percolate.gateway.warmup.model.State.ROW_EPOCH;
import static io.percolate.gateway.warmup.model.State.ROW_LEASE;
import static io.percolate.gateway.warmup.model.State.ROW_POD;
import static io.percolate.gateway.warmup.model.State.ROW_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.ROW_STATE;
import static io.percolate.gateway.warmup.model.State.STEP;

import java.util.Arrays;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The whole model: gateways with routes of any age, pods that crash, workers and ghosts of workers, late commands. */
final class PlacementModel {
    private static final int RECOVERY_STEPS_MAX = 60;

    private final Shape shape;
    private final ModelPod pods;
    private final ModelWorker workers;
    private final ModelWorker recovering;

    PlacementModel(Shape shape, Set<Rule> rules) {
        this.shape = shape;
        this.pods = new ModelPod(shape, rules);
        this.workers = new ModelWorker(shape, rules, shape.epochsMax());
        this.recovering = new ModelWorker(shape, rules, Shape.EPOCH_ROOM - 1);
    }

    /** Where an exploration begins. */
    enum Beginning {
        NEVER_WOKEN,
        /** In one pod's memory, with a write that was acknowledged, and known to the gateways. */
        HOT_AND_USED,
        /** In S3, with a write that was acknowledged; its pod's old copy is gone, a gateway's old route is not. */
        COLD_AND_USED
    }

    byte[] initial(Beginning beginning) {
        byte[] s = new byte[shape.size()];
        if (beginning == Beginning.NEVER_WOKEN) {
            return s;
        }
        s[ACKNOWLEDGED] = 1;
        for (int gate = 0; gate < shape.gateways(); gate++) {
            s[shape.gate(gate) + GATE_POD] = 1;
            s[shape.gate(gate) + GATE_EPOCH] = 1;
        }
        int pod = shape.pod(0);
        if (beginning == Beginning.HOT_AND_USED) {
            s[ROW_STATE] = HOT;
            s[ROW_POD] = 1;
            s[ROW_EPOCH] = 1;
            s[pod + POD_STATE] = IN_MEMORY;
            s[pod + POD_FENCE] = 1;
            s[pod + POD_DATA_EPOCH] = 1;
            s[pod + POD_DATA] = 1;
        } else {
            s[ROW_STATE] = COLD;
            s[ROW_EPOCH] = 2;
            s[ROW_SNAPSHOT] = 1;
            s[pod + POD_FENCE] = 2;
            s[shape.s3(pods.key(1))] = 2;
        }
        return s;
    }

    /** All that may happen next. */
    void next(byte[] s, BiConsumer<String, byte[]> to) {
        for (int gate = 0; gate < shape.gateways(); gate++) {
            learn(s, gate, to);
            forward(s, gate, to);
        }
        for (int pod = 0; pod < shape.pods(); pod++) {
            work(s, pod, to);
        }
        for (int message = 0; message < shape.messagesMax(); message++) {
            arrive(s, message, to);
        }
        for (int worker = 0; worker < shape.workers(); worker++) {
            workers.next(s, worker, to);
        }
        if (s[ROW_LEASE] != 0) {
            byte[] t = s.clone();
            t[ROW_LEASE] = 0;
            to.accept("the lease runs out", t);
        }
    }

    private void learn(byte[] s, int gate, BiConsumer<String, byte[]> to) {
        int at = shape.gate(gate);
        if (s[ROW_STATE] == HOT && (s[at + GATE_POD] != s[ROW_POD] || s[at + GATE_EPOCH] != s[ROW_EPOCH])) {
            byte[] t = s.clone();
            t[at + GATE_POD] = s[ROW_POD];
            t[at + GATE_EPOCH] = s[ROW_EPOCH];
            to.accept("a gateway learns the route of epoch " + s[ROW_EPOCH], t);
        }
    }

    /** A request by a route however old: a write while there are any left, else a read, which changes nothing. */
    private void forward(byte[] s, int gate, BiConsumer<String, byte[]> to) {
        int at = shape.gate(gate);
        if (s[at + GATE_POD] == 0) {
            return;
        }
        int pod = s[at + GATE_POD] - 1;
        byte[] t = s.clone();
        if (!pods.serves(s, pod, s[at + GATE_EPOCH])) {
            t[at + GATE_POD] = 0;
            t[at + GATE_EPOCH] = 0;
            to.accept("a gateway is answered 421", t);
        } else if (pods.data(s, pod) == s[ACKNOWLEDGED] && s[ACKNOWLEDGED] < shape.writesMax()) {
            t[ACKNOWLEDGED]++;
            t[shape.pod(pod) + POD_DATA] = t[ACKNOWLEDGED];
            to.accept("a write is acknowledged by a pod under epoch " + pods.fence(s, pod), t);
        }
    }

    private void work(byte[] s, int pod, BiConsumer<String, byte[]> to) {
        if (pods.state(s, pod) == LOADING) {
            byte[] t = s.clone();
            pods.finishLoad(t, pod);
            to.accept("a load ends", t);
        }
        if (pods.state(s, pod) == LOADING || pods.state(s, pod) == IN_MEMORY) {
            byte[] t = s.clone();
            pods.crash(t, pod);
            to.accept("a pod crashes and returns", t);
        }
    }

    private void arrive(byte[] s, int message, BiConsumer<String, byte[]> to) {
        int at = shape.message(message);
        if (s[at + MESSAGE_KIND] == 0) {
            return;
        }
        byte[] lost = s.clone();
        Arrays.fill(lost, at, at + Shape.MESSAGE_FIELDS, (byte) 0);
        to.accept("a late command is lost", lost);
        byte[] t = lost.clone();
        int pod = s[at + MESSAGE_POD] - 1;
        int epoch = s[at + MESSAGE_EPOCH];
        switch (s[at + MESSAGE_KIND]) {
            case ModelWorker.LOAD_ORDER ->
                pods.load(t, pod, epoch, s[at + MESSAGE_FROM], s[at + MESSAGE_FROM_SNAPSHOT]);
            case ModelWorker.EVICT_ORDER -> pods.evict(t, pod, epoch);
            case ModelWorker.PURGE_ORDER -> pods.purge(t, pod, epoch);
            default -> throw new IllegalStateException("no kind " + s[at + MESSAGE_KIND]);
        }
        to.accept("a late command of epoch " + epoch + " arrives", t);
    }

    /** What is wrong with a state; null when nothing is. */
    @Nullable
    String violation(byte[] s) {
        int serving = 0;
        for (int pod = 0; pod < shape.pods(); pod++) {
            if (isReached(s, pod)) {
                serving++;
                if (pods.data(s, pod) != s[ACKNOWLEDGED]) {
                    return "an acknowledged write is lost: requests reach a pod that has " + pods.data(s, pod) + " of "
                            + s[ACKNOWLEDGED] + " writes";
                }
            }
        }
        if (serving > 1) {
            return "two pods serve the tenant at once";
        }
        return isServedAgain(s) ? null : "nobody can bring the tenant back, with all that it had";
    }

    /** Whether a request that some gateway sends by what it knows, or would learn now, is served by this pod. */
    private boolean isReached(byte[] s, int pod) {
        boolean published = s[ROW_STATE] == HOT && s[ROW_POD] == pod + 1 && pods.serves(s, pod, s[ROW_EPOCH]);
        for (int gate = 0; gate < shape.gateways() && !published; gate++) {
            int at = shape.gate(gate);
            published = s[at + GATE_POD] == pod + 1 && pods.serves(s, pod, s[at + GATE_EPOCH]);
        }
        return published;
    }

    /** Whether, once all workers are dead, late commands lost and nothing fails any more, a wake brings the tenant back. */
    private boolean isServedAgain(byte[] state) {
        byte[] s = state.clone();
        Arrays.fill(s, shape.worker(0), shape.size(), (byte) 0);
        s[ROW_LEASE] = 0;
        for (int steps = 0; steps < RECOVERY_STEPS_MAX; steps++) {
            for (int pod = 0; pod < shape.pods(); pod++) {
                if (pods.state(s, pod) == LOADING) {
                    pods.finishLoad(s, pod);
                }
            }
            boolean idle = s[shape.worker(0) + STEP] == ModelWorker.IDLE;
            if (idle && s[ROW_STATE] == HOT && s[ROW_POD] != 0 && pods.serves(s, s[ROW_POD] - 1, s[ROW_EPOCH])) {
                return pods.data(s, s[ROW_POD] - 1) == s[ACKNOWLEDGED];
            }
            First first = new First();
            recovering.next(s, 0, first);
            if (first.state == null) {
                return false;
            }
            s = first.state;
        }
        return false;
    }

    /** Keeps the first thing that may happen: a worker's next step as planned, before all that may go wrong. */
    private static final class First implements BiConsumer<String, byte[]> {
        private byte @Nullable [] state;

        @Override
        public void accept(String what, byte[] next) {
            if (state == null) {
                state = next;
            }
        }
    }
}
