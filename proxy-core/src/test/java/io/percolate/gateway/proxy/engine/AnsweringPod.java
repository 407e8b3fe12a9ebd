package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.routing.tenant.PodAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A pod that answers a request for {@code /case} with the bytes of the script that was set, any other with "next". */
final class AnsweringPod implements AutoCloseable {
    static final String EOF = "{eof}";

    /** What is answered once, and what becomes of the connection. */
    static final class Script {
        private final String answer;
        private final boolean byteByByte;
        private final CountDownLatch connectionEnded = new CountDownLatch(1);

        Script(String answer, boolean byteByByte) {
            this.answer = answer;
            this.byteByByte = byteByByte;
        }

        /** Whether the connection that it was answered on is closed, by whichever side. */
        boolean isConnectionEnded() {
            return connectionEnded.getCount() == 0;
        }

        /** Waits until it is; false when that does not happen in time. */
        boolean awaitConnectionEnd() throws InterruptedException {
            return connectionEnded.await(10, TimeUnit.SECONDS);
        }
    }

    private final ServerSocket server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
    private final ConcurrentLinkedQueue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private volatile Script script = new Script("", false);

    AnsweringPod() throws IOException {
        Thread.ofPlatform().daemon().name("answering-pod").start(this::accept);
    }

    PodAddress address() {
        return new PodAddress("127.0.0.1", server.getLocalPort());
    }

    Script script(String answer, boolean byteByByte) {
        Script set = new Script(answer, byteByByte);
        script = set;
        return set;
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() {
        while (true) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                sockets.add(socket);
                Thread.ofPlatform().daemon().name("answering-pod-connection").start(() -> serve(socket));
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void serve(Socket socket) {
        Script served = null;
        try (socket) {
            PodSocket connection = new PodSocket(socket);
            while (true) {
                List<String> head = connection.readHead();
                if (!head.getFirst().contains(" /case ")) {
                    connection.respond("next");
                    continue;
                }
                served = script;
                answer(connection, served);
                if (served.answer.endsWith(EOF)) {
                    return;
                }
            }
        } catch (IOException ended) {
            // The edge has ended the connection.
        } finally {
            if (served != null) {
                served.connectionEnded.countDown();
            }
        }
    }

    private static void answer(PodSocket connection, Script script) throws IOException {
        String bytes = script.answer.replace(EOF, "");
        if (!script.byteByByte) {
            connection.write(bytes);
            return;
        }
        for (int i = 0; i < bytes.length(); i++) {
            connection.write(bytes.substring(i, i + 1));
        }
    }
}
