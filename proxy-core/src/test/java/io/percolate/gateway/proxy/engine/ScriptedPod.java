package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.routing.tenant.PodAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A pod that does on each connection what its script says, in order of acceptance; fails on {@link #close} if a script
 * was not used up, went wrong, or was not there.
 */
final class ScriptedPod implements AutoCloseable {
    /** What is done on one connection. */
    interface Script {
        void run(PodSocket socket) throws Exception;
    }

    private static final int SOCKET_TIMEOUT_MILLIS = 10_000;
    private static final Duration END_BOUND = Duration.ofSeconds(10);

    private final ServerSocket server;
    private final Deque<Script> scripts = new ArrayDeque<>();
    private final List<Socket> sockets = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private int accepted;
    private @Nullable Script last;

    ScriptedPod() throws IOException {
        this(new ServerSocket(0, 1024, InetAddress.getLoopbackAddress()));
    }

    ScriptedPod(ServerSocket listening) throws IOException {
        server = listening;
        start(this::accept, "pod");
    }

    PodAddress address() {
        return new PodAddress("127.0.0.1", server.getLocalPort());
    }

    synchronized ScriptedPod then(Script script) {
        scripts.addLast(script);
        return this;
    }

    /** What is done on connections for which no script is left. */
    synchronized ScriptedPod lastly(Script script) {
        last = script;
        return this;
    }

    /** Adds a script unless one is waiting already. */
    synchronized void thenIfNone(Script script) {
        if (scripts.isEmpty()) {
            scripts.addLast(script);
        }
    }

    synchronized int accepted() {
        return accepted;
    }

    /** Refuses connections from now on; those that are open stay. */
    void stopListening() throws IOException {
        server.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        List<Thread> running;
        synchronized (this) {
            running = List.copyOf(threads);
        }
        for (Thread thread : running) {
            if (!ended(thread)) {
                failures.add(new AssertionError("the script of " + thread.getName() + " did not end"));
            }
        }
        synchronized (this) {
            for (Socket socket : sockets) {
                socket.close();
            }
            if (!scripts.isEmpty()) {
                failures.add(new AssertionError(scripts.size() + " scripts were not used"));
            }
        }
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError("the pod's script went wrong");
            failures.forEach(error::addSuppressed);
            throw error;
        }
    }

    private static boolean ended(Thread thread) {
        try {
            return thread.join(END_BOUND);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void accept() {
        while (true) {
            Socket socket;
            try {
                socket = server.accept();
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(SOCKET_TIMEOUT_MILLIS);
            } catch (IOException closed) {
                return;
            }
            Script script;
            synchronized (this) {
                accepted++;
                sockets.add(socket);
                script = scripts.isEmpty() ? last : scripts.pollFirst();
            }
            if (script == null) {
                failures.add(new AssertionError("a connection came for which there was no script"));
            } else {
                start(() -> run(script, socket), "pod-connection-" + accepted);
            }
        }
    }

    private void run(Script script, Socket socket) {
        try {
            script.run(new PodSocket(socket));
        } catch (Throwable failed) {
            failures.add(failed);
        }
    }

    private synchronized void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }
}
