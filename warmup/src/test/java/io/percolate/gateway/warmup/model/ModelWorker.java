package io.percolate.gateway.warmup.model;

import static io.percolate.gateway.warmup.model.State.ABSENT;
import static io.percolate.gateway.warmup.model.State.COLD;
import static io.percolate.gateway.warmup.model.State.EPOCH;
import static io.percolate.gateway.warmup.model.State.FROM;
import static io.percolate.gateway.warmup.model.State.FROM_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.HELD_EPOCH;
import static io.percolate.gateway.warmup.model.State.HOLDER;
import static io.percolate.gateway.warmup.model.State.HOT;
import static io.percolate.gateway.warmup.model.State.IN_MEMORY;
import static io.percolate.gateway.warmup.model.State.JOB;
import static io.percolate.gateway.warmup.model.State.LOADING;
import static io.percolate.gateway.warmup.model.State.MESSAGE_EPOCH;
import static io.percolate.gateway.warmup.model.State.MESSAGE_FROM;
import static io.percolate.gateway.warmup.model.State.MESSAGE_FROM_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.MESSAGE_KIND;
import static io.percolate.gateway.warmup.model.State.MESSAGE_POD;
import static io.percolate.gateway.warmup.model.State.MOVING;
import static io.percolate.gateway.warmup.model.State.ROW_EPOCH;
import static io.percolate.gateway.warmup.model.State.ROW_LEASE;
import static io.percolate.gateway.warmup.model.State.ROW_OWNER;
import static io.percolate.gateway.warmup.model.State.ROW_POD;
import static io.percolate.gateway.warmup.model.State.ROW_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.ROW_SOURCE;
import static io.percolate.gateway.warmup.model.State.ROW_STATE;
import static io.percolate.gateway.warmup.model.State.SEEN_POD;
import static io.percolate.gateway.warmup.model.State.SEEN_SOURCE;
import static io.percolate.gateway.warmup.model.State.SEEN_STATE;
import static io.percolate.gateway.warmup.model.State.SETTLE;
import static io.percolate.gateway.warmup.model.State.STEP;
import static io.percolate.gateway.warmup.model.State.TARGET;
import static io.percolate.gateway.warmup.model.State.WARM;

import io.percolate.gateway.warmup.model.ModelPod.Answer;
import java.util.Arrays;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * What a process does with the tenant, step by step: a wake, a move, or an eviction. Each step is one transaction or one
 * command to a pod; between two of them anything may happen, the loss of the claim included, of which the process learns
 * only from what it is answered.
 */
final class ModelWorker {
    static final int IDLE = 0;
    private static final int SURVEY = 1;
    private static final int ANNOUNCE = 2;
    private static final int EVICT = 3;
    private static final int ASSIGN = 4;
    private static final int LOAD = 5;
    private static final int WATCH = 6;
    private static final int PUBLISH = 7;
    private static final int PURGE = 8;
    private static final int FAIL = 9;
    private static final int LEAVE = 10;
    private static final int STORE = 11;
    private static final int TURN_COLD = 12;
    private static final int SETTLE_STEP = 13;

    static final int WAKE = 1;
    static final int MOVE = 2;
    private static final int TO_WARM = 3;
    private static final int TO_COLD = 4;

    static final int LOAD_ORDER = 1;
    static final int EVICT_ORDER = 2;
    static final int PURGE_ORDER = 3;

    private final Shape shape;
    private final Set<Rule> rules;
    private final ModelPod pods;
    private final int epochsMax;

    ModelWorker(Shape shape, Set<Rule> rules, int epochsMax) {
        this.shape = shape;
        this.rules = rules;
        this.pods = new ModelPod(shape, rules);
        this.epochsMax = epochsMax;
    }

    /** All that this worker may do next, each as a description and what comes of it. */
    void next(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        switch (s[at + STEP]) {
            case IDLE -> begin(s, worker, to);
            case SURVEY -> survey(s, at, to);
            case ANNOUNCE -> announce(s, worker, to);
            case EVICT -> evict(s, at, to);
            case ASSIGN -> assign(s, worker, to);
            case LOAD -> load(s, at, to);
            case WATCH -> watch(s, at, to);
            case PUBLISH -> publish(s, worker, to);
            case PURGE -> purge(s, at, to);
            case FAIL, SETTLE_STEP -> settle(s, worker, to);
            case LEAVE -> leave(s, at, to);
            case STORE -> store(s, at, to);
            case TURN_COLD -> turnCold(s, worker, to);
            default -> throw new IllegalStateException("no step " + s[at + STEP]);
        }
        if (s[at + STEP] != IDLE) {
            byte[] dead = s.clone();
            forget(dead, at);
            to.accept("a worker dies", dead);
        }
    }

    private void begin(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        if (s[ROW_OWNER] != 0 && s[ROW_LEASE] != 0) {
            return;
        }
        claim(s, worker, WAKE, SURVEY, to);
        if (s[ROW_STATE] == HOT) {
            claim(s, worker, MOVE, SURVEY, to);
        }
        if ((s[ROW_STATE] == HOT || s[ROW_STATE] == MOVING) && s[ROW_SOURCE] == 0 && s[ROW_POD] != 0) {
            claim(s, worker, TO_WARM, LEAVE, to);
        }
        if (s[ROW_STATE] == WARM) {
            claim(s, worker, TO_COLD, STORE, to);
        }
    }

    private void claim(byte[] s, int worker, int job, int step, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        int at = shape.worker(worker);
        t[ROW_OWNER] = (byte) (worker + 1);
        t[ROW_LEASE] = 1;
        t[at + JOB] = (byte) job;
        t[at + STEP] = (byte) step;
        t[at + EPOCH] = s[ROW_EPOCH];
        if (job == WAKE || job == MOVE) {
            t[at + SEEN_STATE] = s[ROW_STATE];
            t[at + SEEN_POD] = s[ROW_POD];
            t[at + SEEN_SOURCE] = s[ROW_SOURCE];
            t[at + FROM_SNAPSHOT] = s[ROW_SNAPSHOT];
        } else {
            t[at + HOLDER] = s[ROW_SOURCE] != 0 ? s[ROW_SOURCE] : s[ROW_POD];
            if (job == TO_WARM) {
                t[ROW_STATE] = MOVING;
            }
        }
        to.accept(
                "claim for " + (job == WAKE ? "a wake" : job == MOVE ? "a move" : job == TO_WARM ? "warm" : "cold"), t);
    }

    /** As {@code Survey} decides; a pod's word and the decision are one step here. */
    private void survey(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        boolean asked = s[at + SEEN_STATE] != COLD || s[at + SEEN_SOURCE] != 0;
        int assigned = asked ? s[at + SEEN_POD] : 0;
        int holder = s[at + SEEN_SOURCE] != 0 ? s[at + SEEN_SOURCE] : assigned;
        boolean confirmed = assigned != 0
                && pods.state(s, assigned - 1) == IN_MEMORY
                && pods.fence(s, assigned - 1) == s[at + EPOCH];
        if (confirmed && s[at + JOB] == WAKE) {
            t[at + TARGET] = (byte) assigned;
            step(t, at, PUBLISH);
            keepPlan(t, at);
            to.accept("survey: it is hot where the row says", t);
            return;
        }
        if (holder == 0 || pods.state(s, holder - 1) == ABSENT) {
            t[at + HOLDER] = 0;
            t[at + FROM] = 0;
            step(t, at, ASSIGN);
            keepPlan(t, at);
            to.accept("survey: no pod has it", t);
            return;
        }
        t[at + HOLDER] = (byte) holder;
        t[at + HELD_EPOCH] = (byte) pods.fence(s, holder - 1);
        t[at + FROM] = (byte) holder;
        t[at + FROM_SNAPSHOT] = 0;
        boolean inMemory = pods.state(s, holder - 1) == IN_MEMORY || pods.state(s, holder - 1) == LOADING;
        byte[] handedOff = t.clone();
        if (!inMemory || s[at + JOB] == WAKE) {
            step(t, at, ASSIGN);
            keepPlan(t, at);
            // From memory nothing can be copied, so that its own pod is the one to choose.
            t[at + SEEN_POD] = (byte) (inMemory ? holder : 0);
            to.accept("survey: a pod holds it", t);
        }
        if (inMemory) {
            // A wake does so where placement wants the tenant in another region, shard or version.
            step(handedOff, at, s[at + SEEN_STATE] == HOT ? ANNOUNCE : EVICT);
            // What it settles as when it fails: where it is served, or where it lies.
            handedOff[at + SETTLE] = (byte) (confirmed ? HOT : WARM);
            keepPlan(handedOff, at);
            to.accept("survey: hand it off", handedOff);
        }
    }

    /** What was read of the row is not needed again, and states that differ in it alone are one. */
    private static void keepPlan(byte[] t, int at) {
        t[at + SEEN_STATE] = 0;
        t[at + SEEN_POD] = 0;
        t[at + SEEN_SOURCE] = 0;
    }

    private void announce(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        byte[] t = s.clone();
        if (owns(s, worker) && s[ROW_EPOCH] == s[at + EPOCH] && s[ROW_STATE] == HOT) {
            t[ROW_STATE] = MOVING;
            step(t, at, EVICT);
            to.accept("announce the move", t);
        } else {
            forget(t, at);
            to.accept("the claim is lost", t);
        }
    }

    private void evict(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        Answer answer = pods.evict(t, s[at + HOLDER] - 1, s[at + HELD_EPOCH]);
        if (answer == Answer.DONE) {
            step(t, at, ASSIGN);
        } else if (answer == Answer.GONE) {
            t[at + HOLDER] = 0;
            t[at + FROM] = 0;
            t[at + FROM_SNAPSHOT] = t[ROW_SNAPSHOT];
            step(t, at, ASSIGN);
        } else {
            step(t, at, FAIL);
        }
        to.accept("evict from the old pod: " + answer, t);
        late(s, at, EVICT_ORDER, s[at + HOLDER], s[at + HELD_EPOCH], MOVING, to);
    }

    private void assign(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        boolean holds = owns(s, worker) && s[ROW_EPOCH] == s[at + EPOCH];
        if (!holds && rules.contains(Rule.ASSIGNMENT_CHECKS_THE_CLAIM)) {
            byte[] t = s.clone();
            forget(t, at);
            to.accept("the claim is lost", t);
            return;
        }
        if (s[ROW_EPOCH] >= epochsMax) {
            return;
        }
        for (int target = 1; target <= shape.pods(); target++) {
            boolean leaves = s[at + JOB] == MOVE && target == s[at + HOLDER];
            boolean stays = s[at + SEEN_POD] != 0 && target != s[at + SEEN_POD];
            if (leaves || stays) {
                continue;
            }
            byte[] t = s.clone();
            int holder = s[at + HOLDER];
            boolean rises = rules.contains(Rule.EPOCH_RISES_WITH_ASSIGNMENT) || s[ROW_EPOCH] == 0;
            t[ROW_EPOCH] = (byte) (s[ROW_EPOCH] + (rises ? 1 : 0));
            t[ROW_POD] = (byte) target;
            t[ROW_SOURCE] = (byte) (holder != target && rules.contains(Rule.SOURCE_IS_REMEMBERED) ? holder : 0);
            t[ROW_LEASE] = 1;
            if (s[ROW_STATE] == HOT) {
                t[ROW_STATE] = MOVING;
            }
            t[at + EPOCH] = t[ROW_EPOCH];
            t[at + TARGET] = (byte) target;
            t[at + SETTLE] = (byte) (holder == 0 ? COLD : WARM);
            if (s[at + FROM] == target) {
                t[at + FROM] = 0;
            }
            keepPlan(t, at);
            step(t, at, LOAD);
            to.accept("assign, epoch " + t[ROW_EPOCH], t);
        }
    }

    private void load(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        Answer answer = pods.load(t, s[at + TARGET] - 1, s[at + EPOCH], s[at + FROM], s[at + FROM_SNAPSHOT]);
        if (answer == Answer.DONE
                && !rules.contains(Rule.PURGE_COMES_LAST)
                && s[at + HOLDER] != 0
                && s[at + HOLDER] != s[at + TARGET]) {
            pods.purge(t, s[at + HOLDER] - 1, s[at + EPOCH]);
        }
        step(t, at, answer == Answer.DONE ? WATCH : FAIL);
        to.accept("order the load under epoch " + s[at + EPOCH] + ": " + answer, t);
        late(s, at, LOAD_ORDER, s[at + TARGET], s[at + EPOCH], s[at + SETTLE], to);
    }

    private void watch(byte[] s, int at, BiConsumer<String, byte[]> to) {
        int pod = s[at + TARGET] - 1;
        boolean itsOwn = pods.fence(s, pod) == s[at + EPOCH];
        if (itsOwn && pods.state(s, pod) == LOADING) {
            return;
        }
        byte[] t = s.clone();
        boolean hot = itsOwn && pods.state(s, pod) == IN_MEMORY;
        step(t, at, hot ? PUBLISH : FAIL);
        to.accept(hot ? "see that it is hot" : "see that the load has failed", t);
    }

    private void publish(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        byte[] t = s.clone();
        boolean mine = owns(s, worker) || (s[ROW_OWNER] == 0 && s[ROW_STATE] == HOT);
        boolean present = s[ROW_EPOCH] == s[at + EPOCH] && s[ROW_POD] == s[at + TARGET];
        if ((mine && present) || !rules.contains(Rule.PUBLICATION_CHECKS_THE_EPOCH)) {
            t[ROW_STATE] = HOT;
            t[ROW_POD] = s[at + TARGET];
            t[ROW_SOURCE] = 0;
            t[ROW_OWNER] = 0;
            t[ROW_LEASE] = 0;
            if (s[at + HOLDER] != 0 && s[at + HOLDER] != s[at + TARGET]) {
                step(t, at, PURGE);
            } else {
                forget(t, at);
            }
            to.accept("publish", t);
        } else {
            forget(t, at);
            to.accept("the publication comes too late", t);
        }
    }

    private void purge(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        // Without the rule that comes with it: as if it were an eviction to S3 like any other.
        int epoch = rules.contains(Rule.SNAPSHOTS_BY_EPOCH)
                ? s[at + EPOCH]
                : Math.max(pods.fence(s, s[at + HOLDER] - 1), pods.dataEpoch(s, s[at + HOLDER] - 1));
        Answer answer = pods.purge(t, s[at + HOLDER] - 1, epoch);
        forget(t, at);
        to.accept("drop the old copy: " + answer, t);
        if (free(s) >= 0) {
            byte[] later = s.clone();
            send(later, PURGE_ORDER, s[at + HOLDER], epoch, 0, 0);
            forget(later, at);
            to.accept("the order to drop the old copy is late", later);
        }
    }

    private void leave(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        Answer answer = pods.evict(t, s[at + HOLDER] - 1, s[at + EPOCH]);
        t[at + SETTLE] = (byte) (answer == Answer.DONE ? WARM : answer == Answer.GONE ? COLD : HOT);
        step(t, at, SETTLE_STEP);
        to.accept("evict to disk: " + answer, t);
        late(s, at, EVICT_ORDER, s[at + HOLDER], s[at + EPOCH], MOVING, to);
    }

    private void store(byte[] s, int at, BiConsumer<String, byte[]> to) {
        byte[] t = s.clone();
        int pod = s[at + HOLDER] - 1;
        int epoch = pods.dataEpoch(s, pod);
        if (pods.snapshot(t, pod, epoch)) {
            t[at + FROM_SNAPSHOT] = (byte) epoch;
            step(t, at, TURN_COLD);
            to.accept("store a snapshot of epoch " + epoch, t);
        } else {
            t[at + SETTLE] = WARM;
            step(t, at, SETTLE_STEP);
            to.accept("there is nothing at rest to store", t);
        }
    }

    private void turnCold(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        byte[] t = s.clone();
        if (!owns(s, worker) || s[ROW_EPOCH] != s[at + EPOCH]) {
            forget(t, at);
            to.accept("the claim is lost", t);
            return;
        }
        if (s[ROW_EPOCH] >= epochsMax) {
            return;
        }
        t[ROW_STATE] = COLD;
        t[ROW_SNAPSHOT] = s[at + FROM_SNAPSHOT];
        t[ROW_POD] = 0;
        t[ROW_SOURCE] = 0;
        t[ROW_EPOCH] = (byte) (s[ROW_EPOCH] + (rules.contains(Rule.EPOCH_RISES_WITH_COLD) ? 1 : 0));
        t[ROW_OWNER] = 0;
        t[ROW_LEASE] = 0;
        t[at + EPOCH] = t[ROW_EPOCH];
        t[at + FROM_SNAPSHOT] = 0;
        step(t, at, PURGE);
        to.accept("turn cold, epoch " + t[ROW_EPOCH], t);
    }

    /** Ends the claim; a tenant that was moving is what the worker says, any other stays what it is. */
    private void settle(byte[] s, int worker, BiConsumer<String, byte[]> to) {
        int at = shape.worker(worker);
        byte[] t = s.clone();
        if (owns(s, worker) && s[ROW_EPOCH] == s[at + EPOCH]) {
            if (s[ROW_STATE] == MOVING) {
                t[ROW_STATE] = s[at + SETTLE];
            }
            t[ROW_OWNER] = 0;
            t[ROW_LEASE] = 0;
        }
        forget(t, at);
        to.accept("settle", t);
    }

    /** A command whose answer does not come in time: it may arrive at any later moment, or never. */
    private void late(byte[] s, int at, int kind, int pod, int epoch, int settle, BiConsumer<String, byte[]> to) {
        if (free(s) < 0) {
            return;
        }
        byte[] t = s.clone();
        int from = kind == LOAD_ORDER ? s[at + FROM] : 0;
        send(t, kind, pod, epoch, from, kind == LOAD_ORDER ? s[at + FROM_SNAPSHOT] : 0);
        t[at + SETTLE] = (byte) settle;
        step(t, at, FAIL);
        to.accept("a command to a pod is late, and is given up", t);
    }

    private int free(byte[] s) {
        for (int i = 0; i < shape.messagesMax(); i++) {
            if (s[shape.message(i) + MESSAGE_KIND] == 0) {
                return i;
            }
        }
        return -1;
    }

    private void send(byte[] t, int kind, int pod, int epoch, int from, int snapshot) {
        int at = shape.message(free(t));
        t[at + MESSAGE_KIND] = (byte) kind;
        t[at + MESSAGE_POD] = (byte) pod;
        t[at + MESSAGE_EPOCH] = (byte) epoch;
        t[at + MESSAGE_FROM] = (byte) from;
        t[at + MESSAGE_FROM_SNAPSHOT] = (byte) snapshot;
    }

    private static boolean owns(byte[] s, int worker) {
        return s[ROW_OWNER] == worker + 1;
    }

    private static void step(byte[] t, int at, int step) {
        t[at + STEP] = (byte) step;
    }

    private static void forget(byte[] t, int at) {
        Arrays.fill(t, at, at + Shape.WORKER_FIELDS, (byte) 0);
    }
}
