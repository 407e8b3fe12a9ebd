package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;

/** What is put into a client connection's pipeline for the version of HTTP that it speaks. */
final class ClientProtocols {
    private ClientProtocols() {}

    /**
     * For a cleartext connection, whose first bytes tell what it speaks, or one whose TLS is set up already without
     * ALPN.
     *
     * @param shed whether it came beyond a bound, to be told so and closed
     */
    static void install(Channel channel, EdgeLoop loop, boolean shed) {
        if (loop.edge().http2().cleartext()) {
            channel.pipeline().addLast(new ProtocolChoice(loop, channel, shed));
        } else {
            installHttp1(channel, loop, shed);
        }
    }

    /** For a connection that speaks HTTP/2 by its preface or by ALPN, which may be active already. */
    static void installHttp2(Channel channel, EdgeLoop loop, boolean shed) {
        LingeringClose closing = new LingeringClose();
        channel.pipeline().addLast(closing, Http2Codec.connection(loop, channel, closing, shed));
    }

    /** For a connection that speaks HTTP/1.1, which may be active already. */
    static void installHttp1(Channel channel, EdgeLoop loop, boolean shed) {
        EdgeConfig config = loop.edge();
        RequestDecoder decoder =
                new RequestDecoder(config.requestLineBytesMax(), config.headerBytesMax(), EdgeLoop.READ_BYTES_MAX);
        channel.pipeline().addLast(decoder, new ClientConnection(loop, channel, decoder, shed));
    }
}
