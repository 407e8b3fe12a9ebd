package io.percolate.gateway.context;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a client and a server, to count requests, to hold answers back, to fall silent and to refuse.
 */
public final class TcpProxy implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 * 1024;
    private static final int CONNECT_MILLIS_MAX = 5_000;

    private final InetSocketAddress server;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger gets = new AtomicInteger();
    private final Gate answers = new Gate();
    private final Gate rest = new Gate();
    private volatile long pauseAfterBytes = Long.MAX_VALUE;
    private volatile boolean refusing;
    private volatile long cutAfterBytes = Long.MAX_VALUE;

    /** Open, until closed. */
    private static final class Gate {
        private static final int MANY = 1_000_000;
        private final Semaphore permits = new Semaphore(MANY);

        void close() {
            permits.drainPermits();
        }

        void open() {
            permits.release(MANY - permits.availablePermits());
        }

        void pass() throws InterruptedException {
            permits.acquire();
            permits.release();
        }
    }

    public TcpProxy(URI server) {
        this.server = new InetSocketAddress(server.getHost(), server.getPort());
        try {
            listener = new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public URI address() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** GET requests seen so far. */
    public int gets() {
        return gets.get();
    }

    /** From now on requests reach the server, but no answer comes back. */
    public void silence() {
        answers.close();
    }

    /** Ends the silence: answers held back go out. */
    public void speak() {
        answers.open();
        rest.open();
    }

    /** From now on every connection is closed at once, present ones too. */
    public void refuse() {
        refusing = true;
        sockets.forEach(TcpProxy::close);
    }

    public void accept(boolean again) {
        refusing = !again;
    }

    /** From now on answers stand still after this many bytes of a connection, until {@link #speak}. */
    public void pauseAfter(long bytes) {
        rest.close();
        pauseAfterBytes = bytes;
    }

    /** Every connection dies after this many bytes of answers. */
    public void cutAfter(long bytes) {
        cutAfterBytes = bytes;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (refusing) {
                    close(client);
                } else {
                    relay(client);
                }
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void relay(Socket client) throws IOException {
        Socket upstream = new Socket();
        upstream.connect(server, CONNECT_MILLIS_MAX);
        client.setTcpNoDelay(true);
        upstream.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(upstream);
        Thread.ofVirtual().start(() -> copy(client, upstream, false));
        Thread.ofVirtual().start(() -> copy(upstream, client, true));
    }

    private void copy(Socket from, Socket to, boolean isAnswer) {
        byte[] buffer = new byte[BUFFER_BYTES];
        long copied = 0;
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length; (length = in.read(buffer)) >= 0; ) {
                if (isAnswer) {
                    answers.pass();
                    copied += length;
                    if (copied > pauseAfterBytes) {
                        rest.pass();
                    }
                    if (copied > cutAfterBytes) {
                        return;
                    }
                } else if (new String(buffer, 0, Math.min(length, 4), StandardCharsets.ISO_8859_1).equals("GET ")) {
                    gets.incrementAndGet();
                }
                out.write(buffer, 0, length);
            }
        } catch (IOException closed) {
            // The other side ended; so does this one.
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            close(from);
            close(to);
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // It is closed either way.
        }
    }

    @Override
    public void close() {
        refuse();
        try {
            listener.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        speak();
    }
}
