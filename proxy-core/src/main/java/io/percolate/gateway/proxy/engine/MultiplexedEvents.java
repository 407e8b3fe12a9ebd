package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;

/** What a pod sends on a connection of HTTP/2, told to the connection and the streams that it is for. */
final class MultiplexedEvents extends Http2EventAdapter {
    private final MultiplexedConnection connection;

    MultiplexedEvents(MultiplexedConnection connection) {
        this.connection = connection;
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext from, Http2Settings settings) {
        connection.settings();
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext from,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream) {
        onHeadersRead(from, streamId, headers, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext from, int streamId, Http2Headers headers, int padding, boolean endOfStream) {
        MultiplexedStream stream = connection.of(streamId);
        if (stream != null) {
            connection.flushesClientOf(stream);
            stream.headers(headers, endOfStream);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext from, int streamId, ByteBuf data, int padding, boolean endOfStream) {
        MultiplexedStream stream = connection.of(streamId);
        if (stream == null) {
            return data.readableBytes() + padding;
        }
        connection.flushesClientOf(stream);
        return stream.data(data, padding, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext from, int streamId, long errorCode) {
        MultiplexedStream stream = connection.of(streamId);
        if (stream != null) {
            stream.resetByPod(errorCode);
        }
    }

    @Override
    public void onGoAwayReceived(int lastStreamId, long errorCode, ByteBuf debugData) {
        connection.goAway(lastStreamId);
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        connection.streamClosed(stream);
    }
}
