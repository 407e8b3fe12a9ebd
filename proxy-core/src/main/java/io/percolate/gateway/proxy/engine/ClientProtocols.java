package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;

/** What is put into a client connection's pipeline for the version of HTTP that it speaks. */
final class ClientProtocols {
    private ClientProtocols() {}

    /**
     * For a connection whose handshake is done, where it has one, with what was agreed on by ALPN.
     *
     * @param shed whether it came beyond a bound, to be told so and closed
     */
    static void install(Channel channel, EdgeLoop loop, ClientPeer peer, boolean shed) {
        installHttp1(channel, loop, peer, shed);
    }

    /** For a connection that speaks HTTP/1.1, which may be active already. */
    static void installHttp1(Channel channel, EdgeLoop loop, ClientPeer peer, boolean shed) {
        EdgeConfig config = loop.edge();
        RequestDecoder decoder =
                new RequestDecoder(config.requestLineBytesMax(), config.headerBytesMax(), EdgeLoop.READ_BYTES_MAX);
        channel.pipeline().addLast(decoder, new ClientConnection(loop, channel, peer, decoder, shed));
    }
}
