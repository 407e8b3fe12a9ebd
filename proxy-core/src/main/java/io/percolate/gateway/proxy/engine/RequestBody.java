package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.HeaderRules;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.resilience.ReplayMemory;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The body of one request between client and pod: what waits for a pod, what was sent and could be sent again.
 *
 * <p>Owns every buffer given to it until the pod's connection has it. Not safe for use by several threads.
 */
final class RequestBody {
    /**
     * Reading stops with the first part that has to wait, so that only the rest of one read follows it; more can come
     * only from a client that has closed its side already.
     */
    static final long WAITING_BYTES_MAX = 256 << 10;

    private static final int COPIED_BYTES_MAX = 4 << 10;

    private final RequestHead head;
    private final BodyFraming framing;
    private final ArrayDeque<HttpContent> waiting = new ArrayDeque<>(0);
    private final ReplayBuffer replay;
    private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
    private long bytesMax = Long.MAX_VALUE;
    private long received;
    private long waitingBytes;
    private boolean complete;
    private boolean endSent;
    private boolean released;

    RequestBody(RequestHead head, ReplayMemory memory) {
        this.replay = new ReplayBuffer(memory);
        this.head = head;
        this.framing = head.framing();
    }

    /** Why the body ends with this part, unfinished; null when it does not. */
    static @Nullable Failure brokenBy(HttpContent part, int trailersMax) {
        if (part.decoderResult().cause() instanceof TooLongHttpHeaderException) {
            return Failure.of(FailureKind.REQUEST_HEADERS_TOO_LARGE, "the trailer fields are too large");
        }
        if (part.decoderResult().isFailure()) {
            return Failure.of(FailureKind.REQUEST_MALFORMED, "the body of the request is not validly framed");
        }
        return part instanceof LastHttpContent last && last.trailingHeaders().size() > trailersMax
                ? Failure.of(
                        FailureKind.REQUEST_HEADERS_TOO_LARGE,
                        "a request has at most " + trailersMax + " trailer fields")
                : null;
    }

    /** Bounds it to this many bytes, of which more may have come already. */
    void limit(long limitBytes) {
        bytesMax = limitBytes;
    }

    /** Whether the request's head announces one. */
    boolean isPresent() {
        return framing != BodyFraming.NONE;
    }

    /** Counts a part that has come; borrows it. */
    void received(HttpContent part) {
        received += part.content().readableBytes();
        complete |= part instanceof LastHttpContent;
    }

    long received() {
        return received;
    }

    /** Whether all of it has come from the client. */
    boolean isComplete() {
        return complete;
    }

    boolean isTooLarge() {
        return received > bytesMax;
    }

    Failure tooLarge() {
        return Failure.of(FailureKind.REQUEST_BODY_TOO_LARGE, "the request body has more than " + bytesMax + " bytes");
    }

    /** Whether there is, or may be, more of it to come. */
    boolean isUnderWay() {
        return !complete && isPresent();
    }

    /** Bytes that were announced and have not come; 0 when none were announced. */
    long bytesLeft() {
        return framing == BodyFraming.CHUNKED ? 0 : head.contentLength() - received;
    }

    /** Whether what is still to come is announced and little enough to be read and dropped. */
    boolean isRestSmall() {
        return framing == BodyFraming.LENGTH && bytesLeft() <= ClientConnection.DISCARD_BYTES_MAX;
    }

    boolean isReplayable() {
        return replay.isWhole();
    }

    /** Keeps a part until there is a pod; takes it. False when that would be more than may wait. */
    boolean hold(HttpContent part) {
        waitingBytes += part.content().readableBytes();
        waiting.addLast(compact(part));
        return waitingBytes <= WAITING_BYTES_MAX;
    }

    /** A small part alone would keep all of what was read with it in memory, for as long as it waits. */
    private static HttpContent compact(HttpContent part) {
        ByteBuf bytes = part.content();
        int length = bytes.readableBytes();
        if (length == 0 || length > COPIED_BYTES_MAX) {
            return part;
        }
        ByteBuf copy = Unpooled.buffer(length, length).writeBytes(bytes);
        part.release();
        return part instanceof LastHttpContent last
                ? new DefaultLastHttpContent(copy, last.trailingHeaders())
                : new DefaultHttpContent(copy);
    }

    /** How many parts wait. */
    int waitingParts() {
        return waiting.size();
    }

    /** A copy of what waits. */
    ByteBuffer copyOfWaiting() {
        ByteBuffer copy = ByteBuffer.allocate(Math.toIntExact(waitingBytes));
        for (HttpContent part : waiting) {
            ByteBuf bytes = part.content();
            int length = bytes.readableBytes();
            bytes.getBytes(bytes.readerIndex(), copy.slice(copy.position(), length));
            copy.position(copy.position() + length);
        }
        return copy.flip().asReadOnlyBuffer();
    }

    long waitingBytes() {
        return waitingBytes;
    }

    /** Sends a part, keeping it for a replay while that is possible; takes it. */
    void send(PodStream pod, HttpContent part) {
        ByteBuf bytes = part.content();
        if (bytes.isReadable()) {
            if (!released) {
                replay.add(bytes);
            }
            pod.write(bytes);
        } else {
            part.release();
        }
        if (part instanceof LastHttpContent last) {
            trailers = last.trailingHeaders();
            HeaderRules.dropNamed(head.headers(), trailers);
            end(pod);
        }
    }

    /** Sends all that has come so far, from the start. */
    void sendFromStart(PodStream pod) {
        for (int i = 0; i < replay.parts(); i++) {
            pod.write(replay.part(i));
        }
        if (endSent) {
            end(pod);
        }
        waitingBytes = 0;
        for (HttpContent part = waiting.pollFirst(); part != null; part = waiting.pollFirst()) {
            send(pod, part);
        }
    }

    /** Gives up the possibility to send it again. */
    void releaseReplay() {
        released = true;
        replay.release();
    }

    /** Lets everything go. */
    void release() {
        releaseReplay();
        for (HttpContent part = waiting.pollFirst(); part != null; part = waiting.pollFirst()) {
            part.release();
        }
    }

    private void end(PodStream pod) {
        endSent = true;
        pod.end(trailers);
    }
}
