package io.percolate.gateway.admin.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import org.jspecify.annotations.Nullable;

/**
 * Puts problem JSON into the answers to requests that never became one: Reactor Netty answers what its decoder cannot
 * read by itself, with a bare status.
 */
final class UnreadableRequests extends ChannelOutboundHandlerAdapter {
    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        Problem problem = message instanceof FullHttpResponse response ? problemOf(response) : null;
        if (problem == null || !(message instanceof FullHttpResponse bare)) {
            context.write(message, promise);
            return;
        }
        byte[] body = Problems.body(problem, RequestId.fresh());
        FullHttpResponse whole =
                new DefaultFullHttpResponse(bare.protocolVersion(), bare.status(), Unpooled.wrappedBuffer(body));
        whole.headers()
                .set(bare.headers())
                .set(HttpHeaderNames.CONTENT_TYPE, "application/problem+json")
                .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        bare.release();
        context.write(whole, promise);
    }

    private static @Nullable Problem problemOf(FullHttpResponse response) {
        if (response.content().isReadable() || response.headers().contains(HttpHeaderNames.CONTENT_TYPE)) {
            return null;
        }
        return switch (response.status().code()) {
            case 400 -> Problem.of(ProblemKind.REQUEST_MALFORMED, "this is not a request of HTTP/1.1");
            case 414 -> Problem.of(ProblemKind.TARGET_TOO_LONG, "the request target is too long");
            case 431 -> Problem.of(ProblemKind.HEADERS_TOO_LARGE, "the header fields are too large");
            default -> null;
        };
    }
}
