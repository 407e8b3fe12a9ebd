package io.percolate.gateway.proxy.engine;

import static io.percolate.gateway.proxy.engine.FrameClient.DATA;
import static io.percolate.gateway.proxy.engine.FrameClient.END_HEADERS;
import static io.percolate.gateway.proxy.engine.FrameClient.END_STREAM;
import static io.percolate.gateway.proxy.engine.FrameClient.HEADERS;

import io.percolate.gateway.proxy.engine.FrameClient.Answer;
import io.percolate.gateway.proxy.engine.FrameClient.Event;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** A client of HTTP/2 with WebSockets among its streams (RFC 8441), which keeps to the edge's windows. One thread's. */
final class ConnectClient implements AutoCloseable {
    private static final int WINDOW = 65_535;
    private static final int FRAME_BYTES = 16 << 10;

    private final FrameClient frames;
    private final Map<Integer, Integer> windows = new HashMap<>();
    private int window = WINDOW;

    ConnectClient(InetSocketAddress edge, byte... settings) throws IOException {
        frames = FrameClient.connect(edge, settings);
    }

    FrameClient frames() {
        return frames;
    }

    /** Asks for a WebSocket on this stream, with the tenant's token. */
    Stream ask(int id, String... fields) throws IOException {
        String[] all = Arrays.copyOf(fields, fields.length + 1);
        all[fields.length] = "authorization=Bearer " + TestEdge.TOKEN;
        return askWithoutToken(id, all);
    }

    Stream askWithoutToken(int id, String... fields) throws IOException {
        String[] all = new String[fields.length + 6];
        all[0] = ":method=CONNECT";
        all[1] = ":protocol=websocket";
        all[2] = ":scheme=http";
        all[3] = ":authority=tenant.example";
        all[4] = ":path=/ws";
        all[5] = "sec-websocket-version=13";
        System.arraycopy(fields, 0, all, 6, fields.length);
        frames.frame(HEADERS, END_HEADERS, id, FrameClient.block(all));
        return new Stream(id);
    }

    /** Opens one, which the pod must let happen. */
    Stream open(int id, String... fields) throws IOException {
        Stream stream = ask(id, fields);
        int status = stream.awaitHead().status;
        if (status != 200) {
            throw new IOException("expected 200, got " + status);
        }
        return stream;
    }

    Event next() throws IOException {
        Event event = frames.next();
        if (event.kind().equals("window")) {
            int bytes = Integer.parseInt(event.detail());
            if (event.stream() == 0) {
                window += bytes;
            } else {
                windows.merge(event.stream(), bytes, Integer::sum);
            }
        }
        return event;
    }

    /** Goes on reading until this holds, or fails where the connection ends or is silent. */
    void until(Callable<Boolean> condition) throws Exception {
        while (!condition.call()) {
            if (next().kind().equals("closed")) {
                throw new IOException("the connection ended");
            }
        }
    }

    /** Ends the connection. */
    void leave() throws IOException {
        frames.close();
    }

    @Override
    public void close() throws IOException {
        leave();
    }

    /** One WebSocket's stream. */
    final class Stream {
        private final int id;
        private ByteArrayInputStream come = new ByteArrayInputStream(new byte[0]);

        private Stream(int id) {
            this.id = id;
            windows.putIfAbsent(id, 64 << 10);
        }

        Answer answer() {
            return frames.answer(id);
        }

        Answer awaitHead() throws IOException {
            while (answer().status == 0 && answer().reset == null) {
                if (next().kind().equals("closed")) {
                    throw new IOException("the connection ended");
                }
            }
            return answer();
        }

        /** Waits for its end; false when it was reset in place of one. */
        boolean isEnded() throws IOException {
            while (!answer().ended && answer().reset == null) {
                if (next().kind().equals("closed")) {
                    throw new IOException("the connection ended");
                }
            }
            return answer().ended;
        }

        /** The code of the reset that must come. */
        String awaitReset() throws Exception {
            until(() -> answer().reset != null);
            return String.valueOf(answer().reset);
        }

        void end() throws IOException {
            frames.frame(DATA, END_STREAM, id);
        }

        WebSocketPeer peer() {
            return WebSocketPeer.of(
                    new InputStream() {
                        @Override
                        public int read() throws IOException {
                            return fill() ? come.read() : -1;
                        }

                        @Override
                        public int read(byte[] to, int at, int length) throws IOException {
                            return length == 0 ? 0 : fill() ? come.read(to, at, length) : -1;
                        }
                    },
                    new OutputStream() {
                        @Override
                        public void write(int one) throws IOException {
                            write(new byte[] {(byte) one}, 0, 1);
                        }

                        @Override
                        public void write(byte[] from, int at, int length) throws IOException {
                            send(from, at, length);
                        }
                    });
        }

        private boolean fill() throws IOException {
            while (come.available() == 0) {
                Answer answer = answer();
                if (answer.body.size() > 0) {
                    come = new ByteArrayInputStream(answer.body.toByteArray());
                    answer.body.reset();
                } else if (answer.ended || answer.reset != null || next().kind().equals("closed")) {
                    return false;
                }
            }
            return true;
        }

        private void send(byte[] from, int at, int length) throws IOException {
            int sent = 0;
            while (sent < length) {
                int room = Math.min(Math.min(window, windows.getOrDefault(id, 0)), FRAME_BYTES);
                if (room > 0) {
                    int part = Math.min(room, length - sent);
                    window -= part;
                    windows.merge(id, -part, Integer::sum);
                    frames.frame(DATA, 0, id, Arrays.copyOfRange(from, at + sent, at + sent + part));
                    sent += part;
                } else if (answer().ended
                        || answer().reset != null
                        || next().kind().equals("closed")) {
                    throw new IOException("stream " + id + " has ended");
                }
            }
        }
    }
}
