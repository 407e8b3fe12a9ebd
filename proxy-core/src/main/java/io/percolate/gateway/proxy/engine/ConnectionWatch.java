package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.Edge.ConnectionAbuse;

/**
 * What bounds the time of a connection of HTTP/2 as a whole, beside its streams' own deadlines: that it has none, that a
 * frame or header block does not come to its end, that nothing is taken from its socket. On its event loop only.
 */
final class ConnectionWatch {
    private static final long NEVER = Long.MIN_VALUE;

    private final Http2ClientConnection connection;
    private final LoopTimer.Deadline deadline;
    private final long idleNanos;
    private final long headNanos;
    private final long writeNanos;
    private long idleSince = NEVER;
    private long headSince = NEVER;
    private long untakenSince = NEVER;
    private long untakenBytes;

    ConnectionWatch(Http2ClientConnection connection) {
        EdgeConfig edge = connection.loop().edge();
        this.connection = connection;
        this.idleNanos = (connection.isShed() ? ClientConnection.LINGER : edge.idleTimeout()).toNanos();
        this.headNanos = edge.headerTimeout().toNanos();
        this.writeNanos = edge.writeIdleTimeout().toNanos();
        this.deadline = new LoopTimer.Deadline(connection.loop().timer()) {
            @Override
            void expired(long nowNanos) {
                look(nowNanos);
            }
        };
    }

    /** The connection speaks HTTP/2 from now on; its preface is yet to come whole. */
    void begin() {
        long now = System.nanoTime();
        idleSince = now;
        headSince = now;
        arm(now);
    }

    void busy() {
        idleSince = connection.isShed() ? idleSince : NEVER;
    }

    void idle() {
        long now = System.nanoTime();
        idleSince = connection.isShed() ? idleSince : now;
        arm(now);
    }

    /** Whether something has begun to come that must come to its end soon. */
    void headPending(boolean pending) {
        if (!pending) {
            headSince = NEVER;
        } else if (headSince == NEVER) {
            headSince = System.nanoTime();
            arm(headSince);
        }
    }

    void end() {
        deadline.cancel();
    }

    private void look(long now) {
        long untaken = ClientConnection.pendingBytes(connection.channel());
        if (untaken == 0) {
            untakenSince = NEVER;
        } else if (untakenSince == NEVER || untaken != untakenBytes) {
            untakenSince = now;
        }
        untakenBytes = untaken;
        if (isOver(untakenSince, writeNanos, now)) {
            connection.end(ConnectionAbuse.NOT_READING, now);
        } else if (isOver(headSince, headNanos, now)) {
            connection.end(ConnectionAbuse.SLOW_HEAD, now);
        } else if (isOver(idleSince, idleNanos, now)) {
            connection.goingAway().now();
        } else {
            arm(now);
        }
    }

    /** Sets the deadline to the earliest that can matter. */
    private void arm(long now) {
        long next = untakenSince == NEVER ? now + writeNanos : untakenSince + writeNanos;
        next = headSince == NEVER ? next : Math.min(next, headSince + headNanos);
        next = idleSince == NEVER ? next : Math.min(next, idleSince + idleNanos);
        deadline.set(next);
    }

    private static boolean isOver(long since, long limit, long now) {
        return since != NEVER && now - since >= limit;
    }
}
