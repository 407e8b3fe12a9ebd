package io.percolate.gateway.warmup.model;

/**
 * How much is explored.
 *
 * @param epochsMax assignments stop here
 * @param writesMax acknowledged writes; requests go on as reads
 * @param messagesMax commands to pods that are still under way though their sender has given up
 */
record Shape(int pods, int workers, int gateways, int epochsMax, int writesMax, int messagesMax) {
    /** Room for the epochs of recoveries, which go beyond the bound. */
    static final int EPOCH_ROOM = 16;

    private static final int S3 = 8;
    private static final int PODS = S3 + EPOCH_ROOM;
    static final int POD_FIELDS = 6;
    static final int GATE_FIELDS = 2;
    static final int WORKER_FIELDS = 12;
    static final int MESSAGE_FIELDS = 5;

    int s3(int epoch) {
        return S3 + epoch;
    }

    int pod(int index) {
        return PODS + index * POD_FIELDS;
    }

    int gate(int index) {
        return pod(pods) + index * GATE_FIELDS;
    }

    int worker(int index) {
        return gate(gateways) + index * WORKER_FIELDS;
    }

    int message(int index) {
        return worker(workers) + index * MESSAGE_FIELDS;
    }

    int size() {
        return message(messagesMax);
    }
}
