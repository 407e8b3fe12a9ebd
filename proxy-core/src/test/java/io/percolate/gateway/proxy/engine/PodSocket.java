package io.percolate.gateway.proxy.engine;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One connection to a {@link ScriptedPod}, byte by byte. */
final class PodSocket {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    PodSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
        this.out = socket.getOutputStream();
    }

    /** The head of the next request, line by line; fails at the end of the stream. */
    List<String> readHead() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = readLine(); !line.isEmpty(); line = readLine()) {
            lines.add(line);
        }
        return lines;
    }

    String readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the gateway closed the connection within a line: " + line);
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    byte[] readBytes(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("expected " + count + " bytes, got " + bytes.length);
        }
        return bytes;
    }

    /** Decodes a chunked body; the lines of its trailer come after it. */
    String readChunked() throws IOException {
        StringBuilder body = new StringBuilder();
        while (true) {
            int size = Integer.parseInt(readLine(), 16);
            if (size == 0) {
                readHead().forEach(trailer -> body.append('|').append(trailer));
                return body.toString();
            }
            body.append(new String(readBytes(size), StandardCharsets.ISO_8859_1));
            readLine();
        }
    }

    InputStream in() {
        return in;
    }

    OutputStream out() {
        return out;
    }

    void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }

    /** Answers 200 with a body of a known length. */
    void respond(String body) throws IOException {
        write("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** How long a read may take before it fails. */
    void setTimeout(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    void close() throws IOException {
        socket.close();
    }

    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Waits until the gateway has ended the connection; answers what still came before. */
    String readToEnd() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        try {
            in.transferTo(rest);
        } catch (SocketException reset) {
            rest.write("<reset>".getBytes(StandardCharsets.US_ASCII));
        }
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    static String header(List<String> head, String name) {
        return head.stream()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .reduce((a, b) -> a + "|" + b)
                .orElse("");
    }
}
