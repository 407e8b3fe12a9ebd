package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.cold.ByteRange.Part;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** Several parts of a context in one body (RFC 9110, section 14.6). */
record Multipart(String contentType, long length, Publisher<ByteBuffer> body) {
    static Multipart of(Context context, List<Part> parts) {
        // Random, so that no content can be made to hold it.
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String boundary = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
        long length = 0;
        List<Publisher<ByteBuffer>> body = new ArrayList<>();
        for (Part part : parts) {
            byte[] head = ascii((body.isEmpty() ? "--" : "\r\n--") + boundary + "\r\nContent-Type: "
                    + context.contentType() + "\r\nContent-Range: bytes " + part.start() + "-" + (part.end() - 1) + "/"
                    + context.length() + "\r\n\r\n");
            body.add(Flux.just(ByteBuffer.wrap(head).asReadOnlyBuffer()));
            body.add(context.bytes(part.start(), part.end()));
            length += head.length + part.length();
        }
        byte[] tail = ascii("\r\n--" + boundary + "--\r\n");
        body.add(Flux.just(ByteBuffer.wrap(tail).asReadOnlyBuffer()));
        return new Multipart("multipart/byteranges; boundary=" + boundary, length + tail.length, Flux.concat(body));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
