package io.percolate.gateway.bench.restart;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.bench.restart.Outcome.Answered;
import io.percolate.gateway.bench.restart.Outcome.Broken;
import io.percolate.gateway.bench.restart.Outcome.NotBegun;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the clients of the rolling restart take for served, for not begun with, and for a failure. */
class RotatingClientTest {
    private static final Request GET = new Request("/a", "token", 0);
    private static final byte STATUS_200 = (byte) 0x88;

    @Test
    void streamsBeyondAGoAwayWereNotBegunWithAndOthersThatEndAreFailures() throws Exception {
        byte[] served = frame(1, 0x5, 1, new byte[] {STATUS_200});
        byte[] goAway = frame(7, 0, 0, ByteBuffer.allocate(8).putInt(3).array());
        try (Scripted gateway = new Scripted(frame(4, 0, 0, new byte[0]), served, goAway);
                Http2Connection connection = new Http2Connection(gateway.address())) {
            List<Outcome> outcomes = connection.exchange(List.of(GET, GET, GET));

            assertThat(outcomes).hasSize(3);
            assertThat(outcomes.get(0)).isEqualTo(new Answered(200));
            assertThat(outcomes.get(1)).isInstanceOf(Broken.class);
            assertThat(outcomes.get(2)).isEqualTo(new NotBegun());
            assertThat(connection.isUsable()).isFalse();
        }
    }

    @Test
    void anAnswerThatBreaksOffIsAFailure() throws Exception {
        byte[] half = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!".getBytes(StandardCharsets.US_ASCII);
        try (Scripted gateway = new Scripted(half);
                Http1Connection connection = new Http1Connection(gateway.address())) {
            assertThat(connection.exchange(List.of(GET))).singleElement().isInstanceOf(Broken.class);
        }
    }

    @Test
    void requestsGoOnAtAnotherGatewayWhereNobodyListens() throws Exception {
        byte[] ok =
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        Place gone;
        try (Scripted ending = new Scripted(ok)) {
            gone = new Place(ending.address(), ending.address());
            // It was ready when it was asked, and has ended since.
            gone.probe();
        }
        Tally tally = new Tally();
        try (Scripted gateway = new Scripted(ok)) {
            Place there = new Place(gateway.address(), gateway.address());
            there.probe();
            assertThat(gone.isReady()).isTrue();

            new RotatingClient(
                            List.of(gone, there),
                            Http1Connection::new,
                            List.of(GET),
                            1,
                            tally,
                            () -> tally.answered() + tally.failed() > 0)
                    .run();

            assertThat(tally.answered()).isEqualTo(1);
            assertThat(tally.failed()).isZero();
        }
    }

    @Test
    void theReportTellsWhatFailed() {
        Tally http1 = new Tally();
        http1.answered(2_000_000);
        Tally http2 = new Tally();
        http2.answered(1_000_000);
        List<Restart> restarts = List.of(new Restart("gateway-1", 2.5, 143, 1.25));
        assertThat(RestartReport.markdown("m", "c", 30, restarts, http1, http2))
                .contains("| HTTP/1.1 | 1 | 0 | 0 | 0 | 2.0 | 2.0 | 2.0 |")
                .contains("| gateway-1 | 2.5 | 143 | 1.3 |")
                .contains("In 30 s, no request failed: met.");

        http2.failed("status 503");

        assertThat(RestartReport.markdown("m", "c", 30, restarts, http1, http2)).contains("**missed**", "- status 503");
    }

    private static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .putInt(payload.length << 8 | type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Answers each connection with the same bytes, once it has sent so many requests, and ends it. */
    private static final class Scripted implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        private final byte[] answer;

        Scripted(byte[]... parts) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (byte[] part : parts) {
                all.writeBytes(part);
            }
            this.answer = all.toByteArray();
            Thread.ofVirtual().start(this::serve);
        }

        InetSocketAddress address() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort());
        }

        private void serve() {
            while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                    InputStream in = socket.getInputStream();
                    assertThat(in.read()).isNotNegative();
                    socket.getOutputStream().write(answer);
                    socket.shutdownOutput();
                    in.transferTo(OutputStream.nullOutputStream());
                } catch (IOException ended) {
                    // The test is over, or its client has left.
                }
            }
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }
}
