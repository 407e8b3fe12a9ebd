package io.percolate.gateway.proxy.engine;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.TimeUnit;

/**
 * The end of a connection of HTTP/2 that loses no request (RFC 9113, section 6.8): a GOAWAY that forbids nothing yet,
 * then, when the client must have heard it, one that says which requests were taken, then the close when all of them
 * are answered.
 */
final class GoAway {
    /** For a client that does not answer the ping that goes with the first GOAWAY. */
    private static final long HEARD_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final long PING = 0x7065_7263_6f6c_6174L;

    private enum State {
        SERVING,
        /** All requests are still taken. */
        ANNOUNCED,
        /** Those that had come are answered. */
        LEAVING,
        ENDED
    }

    private final Http2ClientConnection connection;
    private final LoopTimer.Deadline deadline;
    private State state = State.SERVING;

    GoAway(Http2ClientConnection connection) {
        this.connection = connection;
        this.deadline = new LoopTimer.Deadline(connection.loop().timer()) {
            @Override
            void expired(long nowNanos) {
                leave();
            }
        };
    }

    void begin() {
        if (state != State.SERVING) {
            return;
        }
        state = State.ANNOUNCED;
        say(Integer.MAX_VALUE);
        connection.encoder().writePing(connection.context(), false, PING, connection.newPromise());
        connection.flush();
        deadline.set(System.nanoTime() + HEARD_NANOS);
    }

    /** The client has answered a ping, and so has read what was sent before. */
    void answered(long ping) {
        if (ping == PING && state == State.ANNOUNCED) {
            leave();
        }
    }

    /** Ends a connection on which nothing is under way. */
    void now() {
        if (state != State.ENDED) {
            leave();
        }
    }

    /** No request is under way. */
    void streamsEnded() {
        if (state == State.LEAVING) {
            end();
            connection.closeSoon();
        }
    }

    /** The connection is closed. */
    void end() {
        state = State.ENDED;
        deadline.cancel();
    }

    private void leave() {
        if (state != State.LEAVING) {
            state = State.LEAVING;
            deadline.cancel();
            say(connection.connection().remote().lastStreamCreated());
            connection.flush();
        }
        if (connection.connection().numActiveStreams() == 0 || connection.isShed()) {
            streamsEnded();
        }
    }

    private void say(int lastStream) {
        connection.goAway(
                connection.context(),
                lastStream,
                Http2Error.NO_ERROR.code(),
                Unpooled.EMPTY_BUFFER,
                connection.newPromise());
    }
}
