package io.percolate.gateway.warmup.model;

import java.util.Arrays;

/** One state of the model, as small numbers in a row. References to pods and workers are their number plus one. */
final class State {
    static final int COLD = 0;
    static final int WARM = 1;
    static final int HOT = 2;
    static final int MOVING = 3;

    /** The tenant's row. */
    static final int ROW_STATE = 0;

    static final int ROW_POD = 1;
    static final int ROW_SOURCE = 2;
    static final int ROW_EPOCH = 3;
    /** The epoch of the snapshot that the row names; 0 for none. */
    static final int ROW_SNAPSHOT = 4;

    static final int ROW_OWNER = 5;
    static final int ROW_LEASE = 6;
    /** The last write that a client was told of: data has all up to its own number. */
    static final int ACKNOWLEDGED = 7;

    static final int ABSENT = 0;
    static final int ON_DISK = 1;
    static final int IN_MEMORY = 2;
    static final int LOADING = 3;

    /** Of a pod: what it has, the newest epoch it has seen, the epoch and the version of its data, where it loads from. */
    static final int POD_STATE = 0;

    static final int POD_FENCE = 1;
    static final int POD_DATA_EPOCH = 2;
    static final int POD_DATA = 3;
    static final int POD_FROM = 4;
    static final int POD_FROM_SNAPSHOT = 5;

    /** Of a gateway: the route it has cached. */
    static final int GATE_POD = 0;

    static final int GATE_EPOCH = 1;

    /** Of a worker: where it is in its job, and what it remembers. */
    static final int STEP = 0;

    static final int JOB = 1;
    static final int EPOCH = 2;
    static final int TARGET = 3;
    static final int HOLDER = 4;
    static final int HELD_EPOCH = 5;
    static final int FROM = 6;
    static final int FROM_SNAPSHOT = 7;
    static final int SEEN_STATE = 8;
    static final int SEEN_POD = 9;
    static final int SEEN_SOURCE = 10;
    static final int SETTLE = 11;

    static final int MESSAGE_KIND = 0;
    static final int MESSAGE_POD = 1;
    static final int MESSAGE_EPOCH = 2;
    static final int MESSAGE_FROM = 3;
    static final int MESSAGE_FROM_SNAPSHOT = 4;

    final byte[] values;
    private final int hash;

    private State(byte[] values) {
        this.values = values;
        this.hash = Arrays.hashCode(values);
    }

    /**
     * The state that stands for all that differ from it only in which pod, worker, gateway or message is called which:
     * the least of them.
     */
    static State of(Shape shape, byte[] values) {
        byte[] least = null;
        for (int[] pods : Permutations.of(shape.pods())) {
            for (int[] workers : Permutations.of(shape.workers())) {
                byte[] renamed = renamed(shape, values, pods, workers);
                if (least == null || Arrays.compare(renamed, least) < 0) {
                    least = renamed;
                }
            }
        }
        return new State(least == null ? values : least);
    }

    private static byte[] renamed(Shape shape, byte[] from, int[] pods, int[] workers) {
        byte[] to = from.clone();
        to[ROW_POD] = reference(from[ROW_POD], pods);
        to[ROW_SOURCE] = reference(from[ROW_SOURCE], pods);
        to[ROW_OWNER] = reference(from[ROW_OWNER], workers);
        for (int i = 0; i < shape.pods(); i++) {
            int at = shape.pod(pods[i]);
            System.arraycopy(from, shape.pod(i), to, at, Shape.POD_FIELDS);
            to[at + POD_FROM] = reference(from[shape.pod(i) + POD_FROM], pods);
        }
        for (int i = 0; i < shape.gateways(); i++) {
            int at = shape.gate(i);
            to[at + GATE_POD] = reference(from[at + GATE_POD], pods);
        }
        for (int i = 0; i < shape.workers(); i++) {
            int at = shape.worker(workers[i]);
            System.arraycopy(from, shape.worker(i), to, at, Shape.WORKER_FIELDS);
            for (int field : new int[] {TARGET, HOLDER, FROM, SEEN_POD, SEEN_SOURCE}) {
                to[at + field] = reference(to[at + field], pods);
            }
        }
        for (int i = 0; i < shape.messagesMax(); i++) {
            int at = shape.message(i);
            to[at + MESSAGE_POD] = reference(from[at + MESSAGE_POD], pods);
            to[at + MESSAGE_FROM] = reference(from[at + MESSAGE_FROM], pods);
        }
        sort(to, shape.gate(0), shape.gateways(), Shape.GATE_FIELDS);
        sort(to, shape.message(0), shape.messagesMax(), Shape.MESSAGE_FIELDS);
        return to;
    }

    private static byte reference(byte value, int[] renaming) {
        return value == 0 ? 0 : (byte) (renaming[value - 1] + 1);
    }

    /** Few and short records, by insertion. */
    private static void sort(byte[] values, int start, int count, int fields) {
        for (int i = 1; i < count; i++) {
            for (int j = i; j > 0; j--) {
                int before = start + (j - 1) * fields;
                int at = start + j * fields;
                if (Arrays.compare(values, before, at, values, at, at + fields) <= 0) {
                    break;
                }
                for (int field = 0; field < fields; field++) {
                    byte swapped = values[before + field];
                    values[before + field] = values[at + field];
                    values[at + field] = swapped;
                }
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof State that && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
