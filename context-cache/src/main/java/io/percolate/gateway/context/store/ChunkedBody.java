package io.percolate.gateway.context.store;

import io.percolate.gateway.context.blob.ChunkedBytes;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** Bytes as the body of a request, which the SDK may read again to try again. */
record ChunkedBody(ChunkedBytes bytes) implements AsyncRequestBody {
    @Override
    public Optional<Long> contentLength() {
        return Optional.of(bytes.length());
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        bytes.flux(0, bytes.length()).subscribe(subscriber);
    }
}
