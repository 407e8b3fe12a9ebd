package io.percolate.gateway.proxy.engine;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/** One side of a WebSocket, frame by frame, on a socket whose handshake it also does. */
final class WebSocketPeer {
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private static final byte[] MASK = {0x12, (byte) 0xab, 0x00, 0x7f};

    /** A frame that has come, or should. */
    static final class Frame {
        private final int opcode;
        private final byte[] payload;

        /** @param opcode with the bits before it, but for that of the end */
        Frame(int opcode, byte[] payload) {
            this.opcode = opcode;
            this.payload = payload;
        }

        int opcode() {
            return opcode;
        }

        byte[] payload() {
            return payload;
        }

        String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        int code() {
            return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
        }

        @Override
        public String toString() {
            return Integer.toHexString(opcode) + ":" + HexFormat.of().formatHex(payload);
        }
    }

    private final InputStream in;
    private final OutputStream out;
    private final boolean client;

    private WebSocketPeer(InputStream in, OutputStream out, boolean client) {
        this.in = in;
        this.out = out;
        this.client = client;
    }

    /** The client's head, with the tenant's token and these fields beside those of the handshake. */
    static String upgrade(String target, String... fields) {
        return TestEdge.request("GET", target, fields)
                + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: " + KEY + "\r\n\r\n";
    }

    /** Opens one, which the pod must let happen. */
    static WebSocketPeer open(RawClient client, String... fields) throws IOException {
        client.send(upgrade("/ws", fields));
        RawClient.Answer answer = client.read();
        if (answer.status() != 101 || !answer.header("Sec-WebSocket-Accept").equals(ACCEPT)) {
            throw new IOException("expected 101, got " + answer);
        }
        return of(client);
    }

    static WebSocketPeer of(RawClient client) {
        return new WebSocketPeer(client.in(), client.out(), true);
    }

    /** A client's side, wherever its bytes come from and go to. */
    static WebSocketPeer of(InputStream in, OutputStream out) {
        return new WebSocketPeer(in, out, true);
    }

    /** Lets one be opened in a pod, after the request's head. */
    static WebSocketPeer accept(PodSocket pod, String... fields) throws Exception {
        List<String> head = pod.readHead();
        return switched(pod, PodSocket.header(head, "Sec-WebSocket-Key"), fields);
    }

    static WebSocketPeer switched(PodSocket pod, String key, String... fields) throws Exception {
        StringBuilder answer = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Accept: " + acceptOf(key) + "\r\n");
        for (String field : fields) {
            answer.append(field).append("\r\n");
        }
        pod.write(answer + "\r\n");
        return new WebSocketPeer(pod.in(), pod.out(), false);
    }

    private static String acceptOf(String key) throws Exception {
        return Base64.getEncoder()
                .encodeToString(MessageDigest.getInstance("SHA-1")
                        .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII)));
    }

    WebSocketPeer text(String text) throws IOException {
        return send(0x80 | TEXT, text.getBytes(StandardCharsets.UTF_8));
    }

    WebSocketPeer close(int code) throws IOException {
        return send(0x80 | CLOSE, new byte[] {(byte) (code >>> 8), (byte) code});
    }

    WebSocketPeer send(int firstByte, byte[] payload) throws IOException {
        return raw(frame(firstByte, payload, client));
    }

    /** Bytes as they are. */
    WebSocketPeer raw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
        return this;
    }

    WebSocketPeer raw(String hex) throws IOException {
        return raw(HexFormat.of().parseHex(hex.replace(" ", "").toLowerCase(Locale.ROOT)));
    }

    static byte[] frame(int firstByte, byte[] payload, boolean masked) {
        ByteBuffer frame = ByteBuffer.allocate(14 + payload.length);
        int bit = masked ? 0x80 : 0;
        frame.put((byte) firstByte);
        if (payload.length < 126) {
            frame.put((byte) (bit | payload.length));
        } else if (payload.length < 1 << 16) {
            frame.put((byte) (bit | 126)).putShort((short) payload.length);
        } else {
            frame.put((byte) (bit | 127)).putLong(payload.length);
        }
        byte[] sent = payload.clone();
        if (masked) {
            frame.put(MASK);
            for (int i = 0; i < sent.length; i++) {
                sent[i] ^= MASK[i & 3];
            }
        }
        frame.put(sent);
        return Arrays.copyOf(frame.array(), frame.position());
    }

    /** The next frame, unmasked; fails at the end of the stream, and when it is masked as it must not be. */
    Frame read() throws IOException {
        int first = in.read();
        if (first < 0) {
            throw new EOFException("the connection ended in place of a frame");
        }
        int second = in.read();
        boolean masked = (second & 0x80) != 0;
        if (masked == client) {
            throw new IOException("a frame is masked from clients to servers only");
        }
        long length = second & 0x7f;
        if (length == 126) {
            length = ByteBuffer.wrap(in.readNBytes(2)).getShort() & 0xffff;
        } else if (length == 127) {
            length = ByteBuffer.wrap(in.readNBytes(8)).getLong();
        }
        byte[] mask = masked ? in.readNBytes(4) : new byte[4];
        byte[] payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new EOFException("the connection ended within a frame");
        }
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return new Frame(first & 0x7f, payload);
    }

    /** The code of the Close that must come next. */
    int readClose() throws IOException {
        Frame frame = read();
        if (frame.opcode() != CLOSE) {
            throw new IOException("expected a Close, got " + frame);
        }
        return frame.code();
    }

    /** Gives every message back until a Close comes, which it answers. */
    void echo() throws IOException {
        for (Frame frame = read(); ; frame = read()) {
            switch (frame.opcode()) {
                case PING -> send(0x80 | PONG, frame.payload());
                case CLOSE -> {
                    send(0x80 | CLOSE, frame.payload());
                    return;
                }
                case PONG -> {}
                default -> send(0x80 | frame.opcode(), frame.payload());
            }
        }
    }
}
