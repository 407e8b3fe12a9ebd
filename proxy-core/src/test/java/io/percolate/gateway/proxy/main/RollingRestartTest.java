package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two gateways are replaced one after the other under load. The client is what a load balancer is: it asks for readiness,
 * keeps connections, and tries another gateway only where a connection is refused before it has sent anything.
 */
class RollingRestartTest {
    private static final int CONNECTIONS = 4;
    private static final int REQUESTS_BETWEEN = 200;
    /** How often the balancer asks for readiness. */
    private static final long PROBE_NANOS = 20_000_000;

    /** A gateway at its place behind the balancer; the next one takes the same ports. */
    private static final class Place {
        final InetSocketAddress edge;
        final InetSocketAddress ops;
        volatile GatewayProcess gateway;
        volatile boolean ready = true;

        Place(GatewayProcess first) {
            gateway = first;
            edge = first.edgeAddress();
            ops = first.opsAddress();
        }
    }

    @TempDir
    Path folder;

    private final AtomicInteger served = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean over;

    @Test
    void noRequestFailsWhileBothGatewaysAreReplaced() throws Exception {
        try (Surroundings surroundings = new Surroundings(folder)) {
            TenantId tenant = surroundings.hotTenant();
            String token = surroundings.token(tenant);
            List<Place> places =
                    List.of(new Place(start(surroundings, Map.of())), new Place(start(surroundings, Map.of())));
            Thread prober = Thread.ofPlatform().daemon().start(() -> probe(places));
            List<Thread> load = IntStream.range(0, CONNECTIONS)
                    .mapToObj(i -> Thread.ofPlatform().daemon().start(() -> load(places, i, token)))
                    .toList();
            try {
                awaitRequests();
                for (Place place : places) {
                    place.gateway.stop().block();
                    awaitRequests();
                    place.gateway = start(surroundings, ports(place));
                    await().until(() -> place.ready);
                    awaitRequests();
                }
            } finally {
                over = true;
                for (Thread each : load) {
                    each.join();
                }
                prober.join();
                places.forEach(place -> place.gateway.stop().block());
            }
            assertThat(failures).isEmpty();
        }
    }

    private static GatewayProcess start(Surroundings surroundings, Map<String, String> changes) {
        Map<String, String> environment = new HashMap<>(surroundings.environment());
        // Several times as long as the balancer needs to notice.
        environment.put("GATEWAY_EDGE_DRAIN_DELAY", "500ms");
        environment.putAll(changes);
        return GatewayProcess.start(GatewayConfig.load(ConfigSource.of(environment)));
    }

    private static Map<String, String> ports(Place place) {
        return Map.of(
                "GATEWAY_EDGE_PORT", Integer.toString(place.edge.getPort()),
                "GATEWAY_OPS_PORT", Integer.toString(place.ops.getPort()));
    }

    private void awaitRequests() {
        int enough = served.get() + REQUESTS_BETWEEN;
        await().until(() -> served.get() >= enough || !failures.isEmpty());
    }

    private void probe(List<Place> places) {
        while (!over) {
            for (Place place : places) {
                place.ready = isReady(place.ops);
            }
            LockSupport.parkNanos(PROBE_NANOS);
        }
    }

    private static boolean isReady(InetSocketAddress ops) {
        try (Connection connection = new Connection(ops)) {
            return connection.get("/ready", null) == 200;
        } catch (IOException absent) {
            return false;
        }
    }

    private void load(List<Place> places, int first, String token) {
        Map<Place, Connection> kept = new HashMap<>();
        for (int turn = first; !over; turn++) {
            Place place = places.get(turn % places.size());
            if (!place.ready) {
                close(kept.remove(place));
                continue;
            }
            Connection connection = kept.get(place);
            try {
                if (connection == null) {
                    connection = new Connection(place.edge);
                    kept.put(place, connection);
                }
            } catch (ConnectException refused) {
                continue;
            } catch (IOException failed) {
                failures.add("connecting: " + failed);
                continue;
            }
            try {
                int status = connection.get("/", token);
                if (status == 200) {
                    served.incrementAndGet();
                } else {
                    failures.add("status " + status);
                }
            } catch (IOException failed) {
                failures.add(String.valueOf(failed));
                close(kept.remove(place));
                continue;
            }
            if (connection.last) {
                close(kept.remove(place));
            }
        }
        kept.values().forEach(RollingRestartTest::close);
    }

    private static void close(@Nullable Connection connection) {
        if (connection != null) {
            connection.close();
        }
    }

    /** A kept connection that sends one request after the other. */
    private static final class Connection implements AutoCloseable {
        private final Socket socket = new Socket();
        private final BufferedReader in;
        private boolean last;

        Connection(InetSocketAddress address) throws IOException {
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            socket.connect(address);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        }

        int get(String path, @Nullable String token) throws IOException {
            String head = "GET " + path + " HTTP/1.1\r\nHost: a\r\n"
                    + (token == null ? "" : "Authorization: Bearer " + token + "\r\n") + "\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
            String status = line();
            int length = 0;
            for (String field = line(); !field.isEmpty(); field = line()) {
                String lower = field.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(lower.substring(15).strip());
                }
                last |= lower.equals("connection: close");
            }
            for (int left = length; left > 0; left--) {
                if (in.read() < 0) {
                    throw new IOException("the answer broke off");
                }
            }
            return Integer.parseInt(status.split(" ", 3)[1]);
        }

        private String line() throws IOException {
            String line = in.readLine();
            if (line == null) {
                throw new IOException("the connection ended without an answer");
            }
            return line;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException gone) {
                // Nothing more is expected of it.
            }
        }
    }
}
