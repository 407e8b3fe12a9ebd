package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** An edge that cannot start says why and leaves nothing behind. */
class EdgeStartTest {
    @Test
    void aTakenPortIsToldAndLeavesNoEventLoopBehind() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            Set<Thread> before = eventLoops();

            assertThatThrownBy(() -> new TestEdge("GATEWAY_EDGE_PORT", port, "GATEWAY_EDGE_EVENT_LOOPS", "2"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith("the edge cannot listen on 127.0.0.1:" + port + ": ")
                    .hasCauseInstanceOf(IOException.class)
                    .hasNoSuppressedExceptions();

            await().untilAsserted(() -> assertThat(eventLoops()).isSubsetOf(before));
        }
    }

    private static Set<Thread> eventLoops() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("edge-"))
                .collect(Collectors.toSet());
    }
}
