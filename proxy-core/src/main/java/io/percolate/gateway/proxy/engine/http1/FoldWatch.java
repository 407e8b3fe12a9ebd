package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Finds obsolete line folding (RFC 9112, section 5.2) in heads and trailers, among the bytes that Netty's decoder has
 * consumed: it joins folded lines, and what it then gives out does not tell.
 */
final class FoldWatch {
    private static final byte LF = '\n';

    private boolean seen;
    private boolean lastByteWasLf;

    /** Looks at what was consumed since {@code start} to give this out, and fails a head or a trailer that was folded. */
    void decoded(ByteBuf in, int start, List<Object> out) {
        if (out.isEmpty()) {
            look(in, start);
        } else if (out.getFirst() instanceof HttpMessage message) {
            look(in, start);
            end(message);
        } else if (out.getLast() instanceof LastHttpContent last
                && !last.content().isReadable()) {
            look(in, start);
            end(last);
        } else {
            // Data, in which lines mean nothing.
            lastByteWasLf = false;
        }
    }

    private void end(HttpObject part) {
        if (seen && part.decoderResult().isSuccess()) {
            part.setDecoderResult(DecoderResult.failure(
                    new IllegalArgumentException("a field line must not begin with white space")));
        }
        seen = false;
        lastByteWasLf = false;
    }

    /** Whether a line among these bytes begins with white space. */
    private void look(ByteBuf in, int start) {
        int end = in.readerIndex();
        if (end == start) {
            return;
        }
        seen |= lastByteWasLf && isBlank(in.getByte(start));
        int lf = in.indexOf(start, end - 1, LF);
        while (lf >= 0 && !seen) {
            seen = isBlank(in.getByte(lf + 1));
            lf = in.indexOf(lf + 1, end - 1, LF);
        }
        lastByteWasLf = in.getByte(end - 1) == LF;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
