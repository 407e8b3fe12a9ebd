package io.percolate.gateway.proxy.engine;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that says exactly what it is told to, and reads answers strictly. */
final class RawClient implements AutoCloseable {
    /**
     * An answer.
     *
     * @param whole whether the body reached its proper end
     */
    record Answer(int status, List<String> head, String body, List<String> trailers, boolean whole) {
        String header(String name) {
            return PodSocket.header(head, name);
        }
    }

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    RawClient(InetSocketAddress edge) throws IOException {
        this(edge, 0);
    }

    RawClient(InetSocketAddress edge, int receiveBytes) throws IOException {
        this(receiving(receiveBytes), edge);
    }

    private RawClient(Socket unconnected, InetSocketAddress edge) throws IOException {
        this(connected(unconnected, edge));
    }

    /** A client on a socket that is connected already, maybe secured. */
    RawClient(Socket connected) throws IOException {
        socket = connected;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
        out = socket.getOutputStream();
    }

    /** A client with another address than the others, which systems other than Linux must be told to have. */
    static RawClient from(String localAddress, InetSocketAddress edge) throws IOException {
        Socket bound = new Socket();
        bound.bind(new InetSocketAddress(localAddress, 0));
        return new RawClient(bound, edge);
    }

    RawClient send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
        return this;
    }

    private static Socket connected(Socket unconnected, InetSocketAddress edge) throws IOException {
        unconnected.connect(edge);
        return unconnected;
    }

    private static Socket receiving(int bytes) throws IOException {
        Socket unconnected = new Socket();
        if (bytes > 0) {
            unconnected.setReceiveBufferSize(bytes);
        }
        return unconnected;
    }

    OutputStream out() {
        return out;
    }

    InputStream in() {
        return in;
    }

    Answer read() throws IOException {
        return read(false);
    }

    /** Reads one answer; null when the connection ended in place of it. */
    @Nullable
    Answer readUnlessEnded(boolean toHead) throws IOException {
        in.mark(1);
        try {
            if (in.read() < 0) {
                return null;
            }
        } catch (SocketException reset) {
            return null;
        }
        in.reset();
        return read(toHead);
    }

    /** Reads one answer; {@code toHead} when it has no body whatever its head says. */
    Answer read(boolean toHead) throws IOException {
        List<String> head = readLines();
        if (head.isEmpty()) {
            throw new IOException("the connection ended without an answer");
        }
        int status = Integer.parseInt(head.getFirst().split(" ", 3)[1]);
        if (toHead || status < 200 || status == 204 || status == 304) {
            return new Answer(status, head, "", List.of(), true);
        }
        String length = PodSocket.header(head, "Content-Length");
        if (PodSocket.header(head, "Transfer-Encoding").equals("chunked")) {
            return readChunked(status, head);
        }
        byte[] body;
        try {
            body = length.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length));
        } catch (SocketException reset) {
            return new Answer(status, head, "", List.of(), false);
        }
        boolean whole = length.isEmpty() || body.length == Integer.parseInt(length);
        return new Answer(status, head, new String(body, StandardCharsets.ISO_8859_1), List.of(), whole);
    }

    private Answer readChunked(int status, List<String> head) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = readLine();
            if (size.isEmpty()) {
                return new Answer(status, head, body.toString(StandardCharsets.ISO_8859_1), List.of(), false);
            }
            int bytes = Integer.parseInt(size, 16);
            if (bytes == 0) {
                return new Answer(status, head, body.toString(StandardCharsets.ISO_8859_1), readLines(), true);
            }
            byte[] chunk = in.readNBytes(bytes);
            body.writeBytes(chunk);
            if (chunk.length < bytes) {
                return new Answer(status, head, body.toString(StandardCharsets.ISO_8859_1), List.of(), false);
            }
            readLine();
        }
    }

    /** Whether the edge has ended the connection, by a close or a reset, with nothing more sent. */
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        }
    }

    private List<String> readLines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            lines.add(line);
        }
        return lines;
    }

    /** A line without its end; empty at the end of the stream as well. */
    String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        try {
            for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
                if (b != '\r') {
                    line.write(b);
                }
            }
        } catch (SocketException reset) {
            return "";
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** All that comes until the end of the stream. */
    String rest() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException reset) {
            // That ends it, too.
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    /** Closes in the middle of things. */
    void leave() throws IOException {
        socket.close();
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
