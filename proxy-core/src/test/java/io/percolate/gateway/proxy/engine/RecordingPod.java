package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.StrictReader.Outcome;
import io.percolate.gateway.proxy.engine.StrictReader.Request;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A pod that answers 200 to whatever comes and keeps it; what comes is read by {@link StrictReader}, and a byte that is
 * no part of a valid request is a fault of the edge.
 */
final class RecordingPod implements AutoCloseable {
    /** What the gateway says of its own in each request. */
    private static final Map<String, String> OWN = Map.of(
            "x-tenant-id", "[0-9a-f-]{36}",
            "x-tenant-tier", "B",
            "x-placement-epoch", "1",
            "x-request-id", "[!-~]{1,128}",
            "traceparent", "00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
            "x-forwarded-for", "127\\.0\\.0\\.1",
            "x-forwarded-proto", "http",
            "x-forwarded-host", "[!-~]*");

    private final String via;
    private final ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new ArrayList<>();
    private final Map<String, List<Request>> seen = new HashMap<>();
    private final List<String> faults = new ArrayList<>();

    RecordingPod() throws IOException {
        this("1.1");
    }

    /** @param version of HTTP that the requests come to the edge by */
    RecordingPod(String version) throws IOException {
        via = "Via: " + version + " percolate";
        Thread.ofPlatform().daemon().name("recording-pod").start(this::accept);
    }

    PodAddress address() {
        return new PodAddress("127.0.0.1", server.getLocalPort());
    }

    /** The requests that have come since the last call, without the gateway's own fields. */
    synchronized List<Request> take() {
        List<Request> all = seen.values().stream().flatMap(List::stream).toList();
        seen.clear();
        return all;
    }

    /** Those of one tenant. */
    synchronized List<Request> take(String tenant) {
        List<Request> taken = seen.remove(tenant);
        return taken == null ? List.of() : taken;
    }

    /** What came that no strict reader takes for a request of this gateway. */
    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    @Override
    public void close() throws IOException {
        server.close();
        synchronized (this) {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                synchronized (this) {
                    sockets.add(socket);
                }
                Thread.ofVirtual().start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            byte[] part = new byte[64 << 10];
            for (int read = in.read(part); read >= 0; read = in.read(part)) {
                received.write(part, 0, read);
                String text = received.toString(StandardCharsets.ISO_8859_1);
                int at = 0;
                while (at < text.length()
                        && StrictReader.read(text, at) instanceof Outcome.Whole(Request request, int end)) {
                    at = end;
                    record(request);
                    write(
                            socket.getOutputStream(),
                            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                                    + (request.method().equals("HEAD") ? "" : "ok"));
                }
                String rest = text.substring(at);
                if (!rest.isEmpty() && StrictReader.read(rest, 0) instanceof Outcome.Broken(String why)) {
                    fault(why + ": " + rest);
                    return;
                }
                received.reset();
                received.writeBytes(rest.getBytes(StandardCharsets.ISO_8859_1));
            }
        } catch (IOException ended) {
            // The edge may end a connection as it likes; what had not come whole by then does not count.
        }
    }

    private synchronized void record(Request request) {
        List<String> fields = new ArrayList<>(request.fields());
        OWN.forEach((name, form) -> {
            List<String> values = request.all(name);
            if (values.size() != 1 || !values.getFirst().matches(form)) {
                faults.add("expected one " + name + " like " + form + ", got " + values + " in " + request);
            }
            fields.removeIf(field -> field.toLowerCase(Locale.ROOT).startsWith(name + ":"));
        });
        if (!fields.removeLast().equals(via)) {
            faults.add("expected Via at the end of " + request);
        }
        seen.computeIfAbsent(request.all("x-tenant-id").getFirst(), tenant -> new ArrayList<>())
                .add(new Request(
                        request.method(),
                        request.target(),
                        request.version(),
                        fields,
                        request.body(),
                        request.trailers()));
    }

    private synchronized void fault(String what) {
        faults.add(what);
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
    }
}
