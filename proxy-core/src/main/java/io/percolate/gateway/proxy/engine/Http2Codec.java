package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.StreamByteDistributor;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.percolate.gateway.proxy.engine.http2.HeaderBlockDecoder;

/** Puts together what a client's connection speaks HTTP/2 with. */
final class Http2Codec extends AbstractHttp2ConnectionHandlerBuilder<Http2ClientConnection, Http2Codec> {
    /** Answers to pings and settings, and resets, that a client has not taken; Netty closes the connection beyond. */
    static final int QUEUED_CONTROL_FRAMES_MAX = 1_000;

    private final EdgeLoop loop;
    private final Channel channel;
    private final ClientPeer peer;
    private final LingeringClose closing;
    private final boolean shed;
    private final Http2Connection.PropertyKey streams;

    private Http2Codec(
            EdgeLoop loop,
            Channel channel,
            ClientPeer peer,
            LingeringClose closing,
            boolean shed,
            Http2Connection.PropertyKey streams) {
        this.loop = loop;
        this.channel = channel;
        this.peer = peer;
        this.closing = closing;
        this.shed = shed;
        this.streams = streams;
    }

    static Http2ClientConnection connection(
            EdgeLoop loop, Channel channel, ClientPeer peer, LingeringClose closing, boolean shed) {
        EdgeConfig edge = loop.edge();
        Http2Connection connection = new DefaultHttp2Connection(true);
        Http2Connection.PropertyKey streams = connection.newKey();
        connection
                .remote()
                .flowController(new DefaultHttp2RemoteFlowController(connection, new Distributor(connection, streams)));
        // One request whose pod is slow must not stop the others: the connection's own window is always given back,
        // and what may wait is bounded by the streams and their windows.
        connection.local().flowController(new DefaultHttp2LocalFlowController(connection, 0.5f, true));
        return new Http2Codec(loop, channel, peer, closing, shed, streams)
                .connection(connection)
                .initialSettings(new Http2Settings()
                        .connectProtocolEnabled(true)
                        .maxConcurrentStreams(edge.http2().streamsMax())
                        .initialWindowSize(edge.http2().streamWindowBytes())
                        .maxHeaderListSize(edge.headerBytesMax()))
                .encoderEnforceMaxQueuedControlFrames(QUEUED_CONTROL_FRAMES_MAX)
                // Streams that we reset are counted where it is known whose fault it was.
                .encoderEnforceMaxRstFramesPerWindow(0, 0)
                // Never looked up again by a stranger's guesses in the same compression context.
                .headerSensitivityDetector((name, value) -> HttpHeaderNames.SET_COOKIE.contentEquals(name))
                .decoupleCloseAndGoAway(true)
                .gracefulShutdownTimeoutMillis(ClientConnection.LINGER.toMillis())
                .build();
    }

    /** Takes Netty's encoder; the decoder is another one, for it must not judge header blocks. */
    @Override
    protected Http2ClientConnection build(
            Http2ConnectionDecoder unused, Http2ConnectionEncoder encoder, Http2Settings settings) {
        unused.close();
        HeaderBlockDecoder blocks = new HeaderBlockDecoder(loop.edge().headerBytesMax());
        Http2ConnectionDecoder decoder = new DefaultHttp2ConnectionDecoder(
                encoder.connection(),
                encoder,
                new DefaultHttp2FrameReader(blocks),
                Http2PromisedRequestVerifier.ALWAYS_VERIFY,
                true,
                true,
                false);
        return new Http2ClientConnection(
                loop, channel, peer, closing, shed, streams, blocks, decoder, encoder, settings);
    }

    /**
     * Shares the connection between streams in turn, without the priorities that clients once could ask for (RFC 9113,
     * section 5.3.1), and lets each stream know what waits for its window.
     */
    private static final class Distributor implements StreamByteDistributor {
        private final Http2Connection.PropertyKey streams;
        private final StreamByteDistributor uniform;

        Distributor(Http2Connection connection, Http2Connection.PropertyKey streams) {
            this.streams = streams;
            this.uniform = new UniformStreamByteDistributor(connection);
        }

        @Override
        public void updateStreamableBytes(StreamState state) {
            uniform.updateStreamableBytes(state);
            Http2ClientStream stream = state.stream().getProperty(streams);
            if (stream != null) {
                stream.waits(state.pendingBytes());
            }
        }

        @Override
        public void updateDependencyTree(int childStreamId, int parentStreamId, short weight, boolean exclusive) {}

        @Override
        public boolean distribute(int maxBytes, Writer writer) throws Http2Exception {
            return uniform.distribute(maxBytes, writer);
        }
    }
}
