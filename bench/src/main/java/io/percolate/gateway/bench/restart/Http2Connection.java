package io.percolate.gateway.bench.restart;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.percolate.gateway.bench.restart.Outcome.Answered;
import io.percolate.gateway.bench.restart.Outcome.Broken;
import io.percolate.gateway.bench.restart.Outcome.NotBegun;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** HTTP/2 by prior knowledge: requests that are sent together share the connection. */
final class Http2Connection extends KeptConnection {
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int END_STREAM = 0x1;
    private static final int ACK = 0x1;
    private static final int END_HEADERS = 0x4;
    private static final int ID_MASK = 0x7fff_ffff;
    private static final int FIELDS_BYTES_MAX = 64 << 10;

    /** How far the answer on a stream has come. */
    private sealed interface Progress {}

    private record Begun(int status) implements Progress {}

    private record Settled(Outcome outcome) implements Progress {}

    private final DataInputStream in;
    private final DataOutputStream out;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, FIELDS_BYTES_MAX);
    private final Map<Integer, Progress> outcomes = new HashMap<>();
    private int nextStream = 1;
    private int lastServed = Integer.MAX_VALUE;
    private boolean usable = true;

    Http2Connection(InetSocketAddress address) throws IOException {
        super(address);
        in = new DataInputStream(new BufferedInputStream(socket().getInputStream()));
        out = new DataOutputStream(new BufferedOutputStream(socket().getOutputStream()));
        out.write(PREFACE);
        frame(Http2FrameTypes.SETTINGS, 0, 0, new byte[0]);
    }

    @Override
    List<Outcome> exchange(List<Request> requests) {
        outcomes.clear();
        List<Integer> streams = new ArrayList<>();
        String end = "";
        try {
            for (Request request : requests) {
                streams.add(nextStream);
                send(request, nextStream);
                nextStream += 2;
            }
            out.flush();
        } catch (IOException failed) {
            // Why is told by what can still be read.
            usable = false;
            end = failed.toString();
        }
        try {
            while (!isSettled(streams)) {
                readFrame();
            }
        } catch (IOException ended) {
            usable = false;
            end += ended;
        }
        String how = "HTTP/2: " + end;
        while (streams.size() < requests.size()) {
            streams.add(Integer.MAX_VALUE);
        }
        return streams.stream().map(stream -> outcome(stream, how)).toList();
    }

    private void send(Request request, int stream) throws IOException {
        Http2Headers head = new DefaultHttp2Headers()
                .method(request.method())
                .scheme("http")
                .authority("load.test")
                .path(request.target())
                .add("authorization", "Bearer " + request.token());
        ByteBuf block = Unpooled.buffer();
        try {
            encoder.encodeHeaders(stream, head, block);
        } catch (Http2Exception impossible) {
            throw new IOException(impossible);
        }
        byte[] bytes = new byte[block.readableBytes()];
        block.readBytes(bytes);
        boolean body = request.bodyBytes() > 0;
        frame(Http2FrameTypes.HEADERS, END_HEADERS | (body ? 0 : END_STREAM), stream, bytes);
        if (body) {
            frame(Http2FrameTypes.DATA, END_STREAM, stream, new byte[request.bodyBytes()]);
        }
    }

    private boolean isSettled(List<Integer> streams) {
        return streams.stream().allMatch(stream -> outcomes.get(stream) instanceof Settled || stream > lastServed);
    }

    private Outcome outcome(int stream, String how) {
        if (outcomes.get(stream) instanceof Settled(Outcome settled)) {
            return settled;
        }
        return stream > lastServed ? new NotBegun() : new Broken(how);
    }

    private void readFrame() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & ID_MASK;
        byte[] payload = new byte[length];
        in.readFully(payload);
        ByteBuf body = Unpooled.wrappedBuffer(payload);
        switch (type) {
            case Http2FrameTypes.HEADERS -> head(stream, flags, body);
            case Http2FrameTypes.DATA -> {
                if (length > 0) {
                    frame(
                            Http2FrameTypes.WINDOW_UPDATE,
                            0,
                            0,
                            Unpooled.copyInt(length).array());
                    out.flush();
                }
                ended(stream, flags);
            }
            case Http2FrameTypes.RST_STREAM -> {
                long code = body.readUnsignedInt();
                outcomes.put(
                        stream,
                        new Settled(
                                code == Http2Error.REFUSED_STREAM.code()
                                        ? new NotBegun()
                                        : new Broken("HTTP/2: reset with " + Http2Error.valueOf(code))));
            }
            case Http2FrameTypes.SETTINGS -> acknowledge(type, flags, new byte[0]);
            case Http2FrameTypes.PING -> acknowledge(type, flags, payload);
            case Http2FrameTypes.GO_AWAY -> {
                usable = false;
                lastServed = body.readInt() & ID_MASK;
            }
            default -> {}
        }
    }

    private void acknowledge(int type, int flags, byte[] payload) throws IOException {
        if ((flags & ACK) == 0) {
            frame(type, ACK, 0, payload);
            out.flush();
        }
    }

    private void head(int stream, int flags, ByteBuf block) throws IOException {
        Http2Headers head;
        try {
            head = decoder.decodeHeaders(stream, block);
        } catch (Http2Exception malformed) {
            throw new IOException(malformed);
        }
        CharSequence status = head.status();
        if (status != null && !outcomes.containsKey(stream)) {
            outcomes.put(stream, new Begun(Integer.parseInt(status.toString())));
        }
        ended(stream, flags);
    }

    private void ended(int stream, int flags) {
        if ((flags & END_STREAM) != 0 && outcomes.get(stream) instanceof Begun(int status)) {
            outcomes.put(stream, new Settled(new Answered(status)));
        }
    }

    private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
        out.write(new byte[] {(byte) (payload.length >> 16), (byte) (payload.length >> 8), (byte) payload.length});
        out.writeByte(type);
        out.writeByte(flags);
        out.writeInt(stream);
        out.write(payload);
    }

    @Override
    boolean isUsable() {
        return usable;
    }
}
