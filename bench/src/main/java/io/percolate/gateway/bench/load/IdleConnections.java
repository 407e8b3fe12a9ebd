package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Opens connections, has one request answered on each, and leaves them idle. */
final class IdleConnections implements AutoCloseable {
    private static final int ANSWER_BYTES_MAX = 8_192;

    private final List<SocketChannel> open = new ArrayList<>();
    private final ByteBuffer answer = ByteBuffer.allocate(ANSWER_BYTES_MAX);

    void open(int port, int count, List<String> tokens, String target) {
        try {
            for (int i = 0; i < count; i++) {
                SocketChannel connection =
                        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                open.add(connection);
                exchange(connection, tokens.get(i % tokens.size()), target);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("after " + open.size() + " connections", failed);
        }
    }

    private void exchange(SocketChannel connection, String token, String target) throws IOException {
        connection.write(ByteBuffer.wrap(
                ("GET " + target + " HTTP/1.1\r\nHost: load.test\r\nAuthorization: Bearer " + token + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII)));
        answer.clear();
        while (!isWhole()) {
            if (connection.read(answer) < 0) {
                throw new IOException("closed before its answer");
            }
        }
        String head = StandardCharsets.US_ASCII.decode(answer.flip()).toString();
        if (!head.startsWith("HTTP/1.1 200")) {
            throw new IOException(
                    "expected 200, got " + head.lines().findFirst().orElse(""));
        }
    }

    /** Whether the head and the body of Content-Length have come. */
    private boolean isWhole() {
        String text = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        return text.substring(0, end)
                .lines()
                .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                .findFirst()
                .map(line ->
                        Integer.parseInt(line.substring(line.indexOf(':') + 1).strip()))
                .map(length -> text.length() >= end + 4 + length)
                .orElse(false);
    }

    /** How many of them the other side has closed by now. */
    int countClosed() {
        int closed = 0;
        for (SocketChannel connection : open) {
            try {
                connection.configureBlocking(false);
                answer.clear();
                closed += connection.read(answer) < 0 ? 1 : 0;
            } catch (IOException reset) {
                closed++;
            }
        }
        return closed;
    }

    @Override
    public void close() {
        for (SocketChannel connection : open) {
            try {
                connection.close();
            } catch (IOException failed) {
                throw new UncheckedIOException("cannot close a connection", failed);
            }
        }
    }
}
