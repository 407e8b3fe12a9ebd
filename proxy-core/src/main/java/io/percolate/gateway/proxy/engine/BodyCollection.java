package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** A wait for the whole of a request's body, which stays where it is. */
record BodyCollection(int bytesMax, Consumer<ByteBuffer> then, Consumer<Failure> otherwise) {
    /** Each part costs its object, however few its bytes. */
    private static final int PARTS_MAX = 2_048;

    boolean isExceededBy(RequestBody body) {
        return body.waitingBytes() > bytesMax || body.waitingParts() > PARTS_MAX;
    }

    void exceeded() {
        otherwise.accept(Failure.of(
                FailureKind.REQUEST_BODY_TOO_LARGE,
                "the message has more than " + bytesMax + " bytes, or too many parts"));
    }
}
