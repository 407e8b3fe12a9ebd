package io.percolate.gateway.proxy.engine;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.percolate.gateway.proxy.engine.StrictReader.Request;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the edge's own decoder and checks take out of the bytes of one connection, up to the first thing they refuse. */
final class DecodedRequests extends ChannelInboundHandlerAdapter {
    private static final int HEADERS_MAX = 100;
    private static final int CONTENT_BYTES_MAX = 64;

    private final RequestDecoder decoder = new RequestDecoder(1 << 10, 4 << 10, CONTENT_BYTES_MAX);
    private final List<Request> whole = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();
    private @Nullable RequestHead head;
    private boolean refused;

    private DecodedRequests() {}

    /** @param split where the bytes are cut into two reads */
    static List<Request> of(String bytes, int split) {
        DecodedRequests requests = new DecodedRequests();
        EmbeddedChannel channel = new EmbeddedChannel(requests.decoder, requests);
        try {
            channel.writeInbound(Unpooled.copiedBuffer(bytes.substring(0, split), StandardCharsets.ISO_8859_1));
            channel.writeInbound(Unpooled.copiedBuffer(bytes.substring(split), StandardCharsets.ISO_8859_1));
        } finally {
            channel.finishAndReleaseAll();
        }
        return requests.whole;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!refused && message instanceof HttpRequest request) {
            RequestHead begun = new RequestHead(request);
            head = begun;
            body.setLength(0);
            refused = begun.check(HEADERS_MAX) != null;
        }
        if (message instanceof HttpContent part) {
            RequestHead of = head;
            if (!refused && of != null) {
                take(part, of);
            }
            part.release();
        }
    }

    private void take(HttpContent part, RequestHead of) {
        refused = RequestBody.brokenBy(part, HEADERS_MAX) != null;
        body.append(part.content().toString(StandardCharsets.ISO_8859_1));
        if (!refused && part instanceof LastHttpContent last) {
            whole.add(new Request(
                    of.method().name(),
                    of.target(),
                    of.isHttp10() ? "HTTP/1.0" : "HTTP/1.1",
                    fields(of.headers()),
                    body.toString(),
                    fields(last.trailingHeaders())));
            head = null;
            decoder.resume();
        }
    }

    /** Names in lower case, since the case of those that are known is not kept. */
    static List<String> fields(HttpHeaders headers) {
        return headers.entries().stream()
                .map(field -> field.getKey().toLowerCase(Locale.ROOT) + ": " + field.getValue())
                .toList();
    }
}
