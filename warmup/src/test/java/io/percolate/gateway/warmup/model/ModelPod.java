package io.percolate.gateway.warmup.model;

import static io.percolate.gateway.warmup.model.State.ABSENT;
import static io.percolate.gateway.warmup.model.State.IN_MEMORY;
import static io.percolate.gateway.warmup.model.State.LOADING;
import static io.percolate.gateway.warmup.model.State.ON_DISK;
import static io.percolate.gateway.warmup.model.State.POD_DATA;
import static io.percolate.gateway.warmup.model.State.POD_DATA_EPOCH;
import static io.percolate.gateway.warmup.model.State.POD_FENCE;
import static io.percolate.gateway.warmup.model.State.POD_FROM;
import static io.percolate.gateway.warmup.model.State.POD_FROM_SNAPSHOT;
import static io.percolate.gateway.warmup.model.State.POD_STATE;

import java.util.Set;

/** What a pod does with the control calls of its contract, in a state of the model. */
final class ModelPod {
    /** What a pod answers. */
    enum Answer {
        DONE,
        /** Evicted, and nothing is left of it on disk. */
        GONE,
        BUSY,
        NEWER
    }

    private final Shape shape;
    private final Set<Rule> rules;

    ModelPod(Shape shape, Set<Rule> rules) {
        this.shape = shape;
        this.rules = rules;
    }

    int state(byte[] s, int pod) {
        return s[shape.pod(pod) + POD_STATE];
    }

    int fence(byte[] s, int pod) {
        return s[shape.pod(pod) + POD_FENCE];
    }

    int dataEpoch(byte[] s, int pod) {
        return s[shape.pod(pod) + POD_DATA_EPOCH];
    }

    int data(byte[] s, int pod) {
        return s[shape.pod(pod) + POD_DATA];
    }

    boolean serves(byte[] s, int pod, int epoch) {
        return state(s, pod) == IN_MEMORY && (fence(s, pod) == epoch || !rules.contains(Rule.POD_REFUSES_OTHER_EPOCHS));
    }

    /** PUT: the answer, with the pod loading or in memory when it is {@code DONE}. */
    Answer load(byte[] s, int pod, int epoch, int from, int snapshot) {
        int at = shape.pod(pod);
        if (epoch < s[at + POD_FENCE] && rules.contains(Rule.POD_REFUSES_OLD_LOADS)) {
            return Answer.NEWER;
        }
        if (s[at + POD_STATE] == IN_MEMORY && from == 0 && snapshot == 0) {
            s[at + POD_FENCE] = (byte) epoch;
            s[at + POD_DATA_EPOCH] = (byte) epoch;
            return Answer.DONE;
        }
        if (s[at + POD_STATE] == IN_MEMORY && s[at + POD_FENCE] == epoch) {
            return Answer.DONE;
        }
        s[at + POD_STATE] = LOADING;
        s[at + POD_FENCE] = (byte) epoch;
        s[at + POD_FROM] = (byte) from;
        s[at + POD_FROM_SNAPSHOT] = (byte) snapshot;
        return Answer.DONE;
    }

    /** Ends a load: in memory, or where it was before if its source cannot be read. */
    void finishLoad(byte[] s, int pod) {
        int at = shape.pod(pod);
        int from = s[at + POD_FROM];
        int snapshot = s[at + POD_FROM_SNAPSHOT];
        s[at + POD_FROM] = 0;
        s[at + POD_FROM_SNAPSHOT] = 0;
        boolean readable = true;
        if (from != 0) {
            int source = shape.pod(from - 1);
            // What is in memory changes: a pod lets nobody copy it.
            readable = s[source + POD_STATE] == ON_DISK;
            if (readable && s[source + POD_DATA_EPOCH] > s[at + POD_DATA_EPOCH]) {
                s[at + POD_DATA] = s[source + POD_DATA];
            }
        } else if (snapshot != 0 && s[at + POD_DATA_EPOCH] < snapshot) {
            int stored = s[shape.s3(key(snapshot))];
            readable = stored != 0;
            s[at + POD_DATA] = (byte) Math.max(0, stored - 1);
        }
        if (readable) {
            s[at + POD_STATE] = IN_MEMORY;
            s[at + POD_DATA_EPOCH] = s[at + POD_FENCE];
        } else {
            rest(s, at);
        }
    }

    /** The process ends and comes back: what is on disk stays, and so does the newest epoch. */
    void crash(byte[] s, int pod) {
        int at = shape.pod(pod);
        s[at + POD_FROM] = 0;
        s[at + POD_FROM_SNAPSHOT] = 0;
        rest(s, at);
    }

    private static void rest(byte[] s, int at) {
        s[at + POD_STATE] = s[at + POD_DATA_EPOCH] == 0 ? (byte) ABSENT : (byte) ON_DISK;
        if (s[at + POD_STATE] == ABSENT) {
            s[at + POD_DATA] = 0;
        }
    }

    /** DELETE, keeping the disk. */
    Answer evict(byte[] s, int pod, int epoch) {
        int at = shape.pod(pod);
        if (epoch < s[at + POD_FENCE]) {
            return Answer.NEWER;
        }
        return switch (s[at + POD_STATE]) {
            case IN_MEMORY -> {
                s[at + POD_STATE] = ON_DISK;
                yield Answer.DONE;
            }
            case ON_DISK -> Answer.DONE;
            case ABSENT -> Answer.GONE;
            default -> Answer.BUSY;
        };
    }

    /** DELETE, keeping nothing: stores a snapshot unless the epoch says that the data count no more. */
    Answer purge(byte[] s, int pod, int epoch) {
        int at = shape.pod(pod);
        if (epoch < s[at + POD_FENCE]) {
            return Answer.NEWER;
        }
        if (s[at + POD_STATE] == LOADING) {
            return Answer.BUSY;
        }
        boolean superseded = s[at + POD_STATE] == ON_DISK && epoch > s[at + POD_DATA_EPOCH];
        if (s[at + POD_STATE] != ABSENT && !superseded) {
            store(s, at);
        }
        s[at + POD_STATE] = ABSENT;
        s[at + POD_DATA_EPOCH] = 0;
        s[at + POD_DATA] = 0;
        s[at + POD_FENCE] = (byte) Math.max(epoch, s[at + POD_FENCE]);
        return Answer.DONE;
    }

    /** Stores what is at rest here under this epoch; false when it is not. */
    boolean snapshot(byte[] s, int pod, int epoch) {
        int at = shape.pod(pod);
        if (s[at + POD_STATE] != ON_DISK || s[at + POD_DATA_EPOCH] != epoch) {
            return false;
        }
        store(s, at);
        return true;
    }

    private void store(byte[] s, int at) {
        s[shape.s3(key(s[at + POD_DATA_EPOCH]))] = (byte) (s[at + POD_DATA] + 1);
    }

    /** Under which a snapshot of data of this epoch is stored. */
    int key(int epoch) {
        return rules.contains(Rule.SNAPSHOTS_BY_EPOCH) ? epoch : 0;
    }
}
