package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;

/** What is put into a client connection's pipeline for the version of HTTP that it speaks. */
final class ClientProtocols {
    private ClientProtocols() {}

    /**
     * For a connection whose handshake is done, where it has one: HTTP/2 where that was agreed on by ALPN, and in the clear
     * what the listener is for, or else what the first bytes tell.
     *
     * @param cleartext whether HTTP/2 is spoken there without TLS
     * @param shed whether it came beyond a bound, to be told so and closed
     */
    static void install(Channel channel, EdgeLoop loop, ClientPeer peer, CleartextHttp2 cleartext, boolean shed) {
        if (peer.speaksHttp2() || cleartext == CleartextHttp2.REQUIRED) {
            installHttp2(channel, loop, peer, shed);
        } else if (cleartext == CleartextHttp2.OFFERED) {
            channel.pipeline().addLast(new ProtocolChoice(loop, channel, peer, shed));
        } else {
            installHttp1(channel, loop, peer, shed);
        }
    }

    /** For a connection that speaks HTTP/2 by its preface or by ALPN, which may be active already. */
    static void installHttp2(Channel channel, EdgeLoop loop, ClientPeer peer, boolean shed) {
        LingeringClose closing = new LingeringClose();
        channel.pipeline().addLast(closing, Http2Codec.connection(loop, channel, peer, closing, shed));
    }

    /** For a connection that speaks HTTP/1.1, which may be active already. */
    static void installHttp1(Channel channel, EdgeLoop loop, ClientPeer peer, boolean shed) {
        EdgeConfig config = loop.edge();
        RequestDecoder decoder =
                new RequestDecoder(config.requestLineBytesMax(), config.headerBytesMax(), EdgeLoop.READ_BYTES_MAX);
        channel.pipeline().addLast(decoder, new ClientConnection(loop, channel, peer, decoder, shed));
    }
}
