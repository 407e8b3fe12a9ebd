package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/2 that sends exactly the frames it is told to, and keeps what comes back. */
final class FrameClient implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;

    static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    private static final int FRAME_BYTES_MAX = 16 << 10;
    private static final long ALIVE = 0x616c_6976_6521L;

    /** What happened, one thing a frame. */
    record Event(String kind, int stream, String detail) {
        @Override
        public String toString() {
            return kind + (stream == 0 ? "" : " " + stream) + (detail.isEmpty() ? "" : " " + detail);
        }
    }

    /** What has come on one stream. */
    static final class Answer {
        final Map<String, String> head = new LinkedHashMap<>();
        final Map<String, String> trailers = new LinkedHashMap<>();
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        int status;
        long bodyBytes;
        boolean ended;

        @Nullable
        String reset;

        String text() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }
    }

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final OutputStream out;
    private final DefaultHttp2HeadersDecoder fields = new DefaultHttp2HeadersDecoder(true, 1 << 20);
    private final Map<Integer, Answer> answers = new LinkedHashMap<>();
    private final ByteArrayOutputStream block = new ByteArrayOutputStream();
    private int blockStream;
    private boolean blockEnds;
    private boolean givesWindow = true;
    private boolean keepsBodies = true;
    private int goAways;
    private int lastStream = Integer.MAX_VALUE;
    private final Map<Integer, Long> settings = new LinkedHashMap<>();

    /** Connects and says nothing. */
    private FrameClient(InetSocketAddress edge, int receiveBytes) throws IOException {
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.connect(edge);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 64 << 10));
        out = socket.getOutputStream();
    }

    static FrameClient silent(InetSocketAddress edge) throws IOException {
        return new FrameClient(edge, 0);
    }

    /** Connects and begins with the preface and these settings, each six bytes. */
    static FrameClient connect(InetSocketAddress edge, byte... settings) throws IOException {
        return silent(edge).send(PREFACE.getBytes(StandardCharsets.US_ASCII)).frame(SETTINGS, 0, 0, settings);
    }

    /** One whose socket takes little, and that gives its window back never. */
    static FrameClient slow(InetSocketAddress edge, int receiveBytes, byte... settings) throws IOException {
        FrameClient client = new FrameClient(edge, receiveBytes);
        client.givesWindow = false;
        return client.send(PREFACE.getBytes(StandardCharsets.US_ASCII)).frame(SETTINGS, 0, 0, settings);
    }

    static byte[] setting(int id, long value) {
        return Unpooled.buffer(6).writeShort(id).writeInt((int) value).array();
    }

    FrameClient givesWindow(boolean gives) {
        givesWindow = gives;
        return this;
    }

    FrameClient keepsBodies(boolean keeps) {
        keepsBodies = keeps;
        return this;
    }

    FrameClient send(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    FrameClient frame(int type, int flags, int stream, byte... payload) throws IOException {
        return send(bytes(type, flags, stream, payload));
    }

    static byte[] bytes(int type, int flags, int stream, byte... payload) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(stream);
        frame.writeBytes(payload);
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        return bytes;
    }

    /** A header block of fields as they are, each {@code name=value}, none of them indexed. */
    static byte[] block(String... fields) {
        ByteBuf out = Unpooled.buffer();
        for (String field : fields) {
            int equals = field.indexOf('=', 1);
            out.writeByte(0);
            literal(out, field.substring(0, equals));
            literal(out, field.substring(equals + 1));
        }
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    private static void literal(ByteBuf out, String text) {
        int length = text.length();
        if (length < 127) {
            out.writeByte(length);
        } else {
            out.writeByte(127);
            int rest = length - 127;
            while (rest >= 128) {
                out.writeByte(rest % 128 + 128);
                rest /= 128;
            }
            out.writeByte(rest);
        }
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }

    /** A request with the tenant's token. */
    static byte[] request(String method, String path, String... more) {
        String[] all = new String[more.length + 5];
        all[0] = ":method=" + method;
        all[1] = ":scheme=http";
        all[2] = ":authority=tenant.example";
        all[3] = ":path=" + path;
        all[4] = "authorization=Bearer " + TestEdge.TOKEN;
        System.arraycopy(more, 0, all, 5, more.length);
        return block(all);
    }

    FrameClient get(int stream, String path, String... more) throws IOException {
        return frame(HEADERS, END_STREAM | END_HEADERS, stream, request("GET", path, more));
    }

    /** A request whose body follows. */
    FrameClient post(int stream, String path, String... more) throws IOException {
        return frame(HEADERS, END_HEADERS, stream, request("POST", path, more));
    }

    FrameClient data(int stream, String text, boolean last) throws IOException {
        return frame(DATA, last ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    FrameClient reset(int stream, Http2Error error) throws IOException {
        return frame(RST_STREAM, 0, stream, new byte[] {0, 0, 0, (byte) error.code()});
    }

    FrameClient window(int stream, int bytes) throws IOException {
        return frame(WINDOW_UPDATE, 0, stream, Unpooled.copyInt(bytes).array());
    }

    FrameClient ping() throws IOException {
        return frame(PING, 0, 0, Unpooled.copyLong(ALIVE).array());
    }

    Answer answer(int stream) {
        return answers.computeIfAbsent(stream, id -> new Answer());
    }

    /** What the edge has set, by the setting's number. */
    Map<Integer, Long> settings() {
        return settings;
    }

    int goAways() {
        return goAways;
    }

    /** Of the last GOAWAY. */
    int lastStream() {
        return lastStream;
    }

    /** Reads until the answer on this stream has ended or was broken off. */
    Answer read(int stream) throws IOException {
        Answer answer = answer(stream);
        while (!answer.ended && answer.reset == null) {
            Event event = next();
            if (event.kind().equals("closed")) {
                throw new EOFException("the connection ended before stream " + stream);
            }
        }
        return answer;
    }

    /** Reads until something of this kind happens, or the connection ends. */
    Event until(String kind) throws IOException {
        Event event = next();
        while (!event.kind().equals(kind) && !event.kind().equals("closed")) {
            event = next();
        }
        return event;
    }

    /** Reads the next frame. */
    Event next() throws IOException {
        int length;
        try {
            length = in.read() << 16 | in.readUnsignedShort();
        } catch (EOFException | SocketException ended) {
            return new Event("closed", 0, "");
        }
        if (length < 0) {
            return new Event("closed", 0, "");
        }
        if (length > FRAME_BYTES_MAX) {
            // No frame but an answer of HTTP/1.1.
            in.transferTo(OutputStream.nullOutputStream());
            return new Event("closed", 0, "");
        }
        int type = in.read();
        int flags = in.read();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(length);
        ByteBuf body = Unpooled.wrappedBuffer(payload);
        return switch (type) {
            case DATA -> data(stream, payload, (flags & END_STREAM) != 0);
            case HEADERS -> {
                blockStream = stream;
                blockEnds = (flags & END_STREAM) != 0;
                block.reset();
                yield block(payload, flags);
            }
            case CONTINUATION -> block(payload, flags);
            case RST_STREAM -> {
                String code = error(body.readUnsignedInt());
                answer(stream).reset = code;
                yield new Event("reset", stream, code);
            }
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    while (body.isReadable()) {
                        settings.put(body.readUnsignedShort(), body.readUnsignedInt());
                    }
                    acknowledge();
                }
                yield new Event((flags & ACK) == 0 ? "settings" : "settings-ack", 0, "");
            }
            case PING -> {
                if ((flags & ACK) == 0) {
                    frame(PING, ACK, 0, payload);
                    yield new Event("ping", 0, "");
                }
                yield new Event("pong", 0, body.readLong() == ALIVE ? "" : "other");
            }
            case GOAWAY -> {
                goAways++;
                lastStream = body.readInt();
                yield new Event("goaway", 0, error(body.readUnsignedInt()));
            }
            case WINDOW_UPDATE -> new Event("window", stream, Integer.toString(body.readInt()));
            default -> throw new IOException("an edge sends no frame of type " + type);
        };
    }

    private void acknowledge() throws IOException {
        try {
            frame(SETTINGS, ACK, 0);
        } catch (SocketException ended) {
            // Seen at the next read.
        }
    }

    private Event data(int stream, byte[] payload, boolean last) throws IOException {
        Answer answer = answer(stream);
        answer.bodyBytes += payload.length;
        if (keepsBodies) {
            answer.body.writeBytes(payload);
        }
        answer.ended |= last;
        if (givesWindow && payload.length > 0) {
            try {
                window(0, payload.length);
                if (!last) {
                    window(stream, payload.length);
                }
            } catch (SocketException ended) {
                // Seen at the next read.
            }
        }
        return new Event(last ? "end" : "data", stream, "");
    }

    private Event block(byte[] payload, int flags) throws IOException {
        block.writeBytes(payload);
        if ((flags & END_HEADERS) == 0) {
            return new Event("fields", blockStream, "");
        }
        Http2Headers headers;
        try {
            headers = fields.decodeHeaders(blockStream, Unpooled.wrappedBuffer(block.toByteArray()));
        } catch (Http2Exception invalid) {
            throw new IOException(invalid);
        }
        Answer answer = answer(blockStream);
        CharSequence status = headers.status();
        int code = status == null ? 0 : Integer.parseInt(status.toString());
        Map<String, String> to = status == null ? answer.trailers : answer.head;
        headers.forEach(field -> to.merge(
                field.getKey().toString(), field.getValue().toString(), (first, second) -> first + "|" + second));
        if (code >= 200) {
            answer.status = code;
        }
        answer.ended |= blockEnds;
        String kind = status == null ? "trailers" : code < 200 ? "interim" : "answer";
        return new Event(kind, blockStream, code == 0 ? "" : Integer.toString(code));
    }

    private static String error(long code) {
        return Objects.requireNonNull(Http2Error.valueOf(code)).name();
    }

    OutputStream out() {
        return out;
    }

    /** Breaks the connection off. */
    void abandon() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
