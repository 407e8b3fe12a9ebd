package io.percolate.gateway.bench.restart;

import io.percolate.gateway.bench.restart.Outcome.Answered;
import io.percolate.gateway.bench.restart.Outcome.Broken;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** HTTP/1.1, one request after the other. */
final class Http1Connection extends KeptConnection {
    private static final String LENGTH = "content-length:";

    private final InputStream in;
    private boolean usable = true;

    Http1Connection(InetSocketAddress address) throws IOException {
        super(address);
        in = new BufferedInputStream(socket().getInputStream());
    }

    @Override
    List<Outcome> exchange(List<Request> requests) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Request request : requests) {
            if (usable) {
                outcomes.add(exchange(request));
            } else {
                outcomes.add(new Outcome.NotBegun());
            }
        }
        return outcomes;
    }

    private Outcome exchange(Request request) {
        try {
            return new Answered(status(request));
        } catch (IOException failed) {
            usable = false;
            return new Broken("HTTP/1.1: " + failed);
        }
    }

    /** The status of the answer, once all of it has come. */
    int status(Request request) throws IOException {
        String head = request.method() + " " + request.target() + " HTTP/1.1\r\nHost: load.test\r\n"
                + (request.token().isEmpty() ? "" : "Authorization: Bearer " + request.token() + "\r\n")
                + (request.bodyBytes() == 0 ? "" : "Content-Length: " + request.bodyBytes() + "\r\n") + "\r\n"
                + "x".repeat(request.bodyBytes());
        socket().getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        String statusLine = line();
        int length = 0;
        for (String field = line(); !field.isEmpty(); field = line()) {
            String lower = field.toLowerCase(Locale.ROOT);
            if (lower.startsWith(LENGTH)) {
                length = Integer.parseInt(lower.substring(LENGTH.length()).strip());
            }
            if (lower.equals("connection: close")) {
                usable = false;
            }
        }
        if (in.readNBytes(length).length < length) {
            throw new EOFException("the answer broke off");
        }
        return Integer.parseInt(statusLine.split(" ", 3)[1]);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the connection ended without an answer");
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    @Override
    boolean isUsable() {
        return usable;
    }
}
