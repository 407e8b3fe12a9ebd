package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A pod's end of a connection of HTTP/2, frame by frame; its header blocks say exactly what they are told to. */
final class FrameSocket {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;

    static final int MAX_CONCURRENT_STREAMS = 3;
    static final int INITIAL_WINDOW_SIZE = 4;

    static final int NO_ERROR = 0;
    static final int REFUSED_STREAM = 7;
    static final int CANCEL = 8;

    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    /** One frame; a header block is decoded to lines. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Frame(int type, int flags, int stream, byte[] payload, List<String> fields) {
        boolean isLast() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }

        String text() {
            return new String(payload, StandardCharsets.ISO_8859_1);
        }

        int number() {
            return Unpooled.wrappedBuffer(payload).readInt();
        }

        String field(String name) {
            return PodSocket.header(fields, name);
        }
    }

    private final PodSocket pod;
    private final DataInputStream in;
    private final OutputStream out;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true);

    FrameSocket(PodSocket pod) {
        this.pod = pod;
        this.in = new DataInputStream(pod.in());
        this.out = pod.out();
    }

    /** Does the pod's part of the beginning, with these settings, as pairs of id and value. */
    FrameSocket handshake(int... settings) throws IOException {
        byte[] preface = new byte[PREFACE.length()];
        in.readFully(preface);
        if (!new String(preface, StandardCharsets.US_ASCII).equals(PREFACE)) {
            throw new IOException("expected the preface of HTTP/2");
        }
        ByteBuf payload = Unpooled.buffer();
        for (int i = 0; i < settings.length; i += 2) {
            payload.writeShort(settings[i]).writeInt(settings[i + 1]);
        }
        send(SETTINGS, 0, 0, bytes(payload));
        return this;
    }

    /** The next frame of these types; settings and pings are answered on the way, others are passed over. */
    Frame next(Integer... types) throws IOException {
        while (true) {
            Frame frame = read();
            if (frame.type == SETTINGS && (frame.flags & ACK) == 0) {
                send(SETTINGS, ACK, 0, new byte[0]);
            } else if (List.of(types).contains(frame.type)) {
                return frame;
            } else if (frame.type == PING && (frame.flags & ACK) == 0) {
                send(PING, ACK, 0, frame.payload);
            }
        }
    }

    /** The head of the next request. */
    Frame request() throws IOException {
        return next(HEADERS);
    }

    /** The body of a request of which the head has come, with its trailers after a bar; gives credit for all of it. */
    String body(int stream) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            Frame frame = next(DATA, HEADERS);
            if (frame.stream != stream) {
                throw new IOException("expected the body on stream " + stream + ", got " + frame);
            }
            if (frame.type == HEADERS) {
                return body + "|" + String.join("|", frame.fields);
            }
            body.write(frame.payload);
            if (frame.isLast()) {
                return body.toString(StandardCharsets.ISO_8859_1);
            }
            if (frame.payload.length > 0) {
                credit(0, frame.payload.length);
                credit(stream, frame.payload.length);
            }
        }
    }

    void credit(int stream, int bytes) throws IOException {
        send(WINDOW_UPDATE, 0, stream, bytes(Unpooled.buffer().writeInt(bytes)));
    }

    /** Sends a header block of these fields, each {@code name: value}. */
    void headers(int stream, boolean last, String... fields) throws IOException {
        send(HEADERS, END_HEADERS | (last ? END_STREAM : 0), stream, block(fields));
    }

    void data(int stream, boolean last, String text) throws IOException {
        send(DATA, last ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Answers 200 with this body. */
    void respond(int stream, String body) throws IOException {
        headers(stream, false, ":status: 200", "content-length: " + body.length());
        data(stream, true, body);
    }

    void reset(int stream, int error) throws IOException {
        send(RST_STREAM, 0, stream, bytes(Unpooled.buffer().writeInt(error)));
    }

    void goAway(int lastStream, int error) throws IOException {
        send(GOAWAY, 0, 0, bytes(Unpooled.buffer().writeInt(lastStream).writeInt(error)));
    }

    void send(int type, int flags, int stream, byte[] payload) throws IOException {
        ByteBuf frame = Unpooled.buffer(9 + payload.length);
        frame.writeMedium(payload.length)
                .writeByte(type)
                .writeByte(flags)
                .writeInt(stream)
                .writeBytes(payload);
        out.write(bytes(frame));
        out.flush();
    }

    void close() throws IOException {
        pod.close();
    }

    /** Reads until the gateway has ended the connection. */
    void readToEnd() throws IOException {
        try {
            while (true) {
                next();
            }
        } catch (EOFException | SocketException ended) {
            // As expected.
        }
    }

    /** Literals without indexing (RFC 7541, section 6.2.2), so that anything can be said. */
    static byte[] block(String... fields) {
        ByteBuf block = Unpooled.buffer();
        for (String field : fields) {
            int colon = field.indexOf(": ", 1);
            block.writeByte(0);
            literal(block, field.substring(0, colon));
            literal(block, field.substring(colon + 2));
        }
        return bytes(block);
    }

    private static void literal(ByteBuf to, String text) {
        int length = text.length();
        if (length < 127) {
            to.writeByte(length);
        } else {
            to.writeByte(127);
            int rest = length - 127;
            for (; rest >= 128; rest >>>= 7) {
                to.writeByte(rest % 128 + 128);
            }
            to.writeByte(rest);
        }
        to.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private Frame read() throws IOException {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = new byte[length];
        in.readFully(payload);
        List<String> fields = new ArrayList<>();
        if (type == HEADERS) {
            try {
                Http2Headers headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
                headers.forEach(field -> fields.add(field.getKey() + ": " + field.getValue()));
            } catch (Http2Exception broken) {
                throw new IOException(broken);
            }
        }
        return new Frame(type, flags, stream, payload, fields);
    }

    private static byte[] bytes(ByteBuf from) {
        byte[] bytes = new byte[from.readableBytes()];
        from.readBytes(bytes);
        return bytes;
    }
}
