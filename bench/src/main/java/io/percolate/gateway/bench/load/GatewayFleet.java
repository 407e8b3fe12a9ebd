package io.percolate.gateway.bench.load;

import io.percolate.gateway.bench.launch.Distribution;
import io.percolate.gateway.fixtures.PostgresServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gateways in processes of their own with one directory and one origin, each of which can be ended and started again. */
public final class GatewayFleet implements AutoCloseable {
    /** One of them, whose addresses stay what they are. */
    public final class Member implements AutoCloseable {
        private final String name;
        private final PeerPorts ports = PeerPorts.free(false);
        private final GatewayPeer peer;
        private @Nullable PinnedProcess process;

        private Member(String name, GatewayPeer peer) {
            this.name = name;
            this.peer = peer;
        }

        public String name() {
            return name;
        }

        public InetSocketAddress edge() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.clear());
        }

        public InetSocketAddress ops() {
            return new InetSocketAddress(InetAddress.getLoopbackAddress(), peer.opsPort());
        }

        /** Starts it; it is not ready yet. */
        public void start() {
            Map<String, String> environment = new HashMap<>(peer.environment(ports));
            environment.putAll(settings);
            process = PinnedProcess.start(
                    name, Cores.ANY, rig.folder(), environment, GatewayUnderLoad.command(distribution));
        }

        /** Asks it to end, as an orchestrator does, by SIGTERM; blocks until it has, and answers its exit status. */
        public int end(Duration max) {
            PinnedProcess ending = process;
            if (ending == null) {
                throw new IllegalStateException(name + " does not run");
            }
            process = null;
            return ending.end(max);
        }

        @Override
        public void close() {
            PinnedProcess running = process;
            if (running != null) {
                running.close();
            }
        }
    }

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final LoadRig rig;
    private final Optional<Path> distribution;
    private final Map<String, String> settings;
    private final List<Member> members = new ArrayList<>();

    /**
     * @param distribution of the gateways; the class path of this process when empty
     * @param settings of them beside their defaults
     */
    public GatewayFleet(
            Path folder, Optional<Path> distribution, Map<String, String> settings, int gateways, int tenants) {
        this.distribution = distribution;
        this.settings = Map.copyOf(settings);
        boolean started = false;
        try {
            PostgresServer postgres = keep(PostgresServer.start());
            postgres.migrate();
            rig = new LoadRig(folder, Ports.free());
            rig.writeTokens(TokenSet.WARM, tenants);
            PinnedProcess origin = keep(PinnedProcess.start(
                    "origin", Cores.ANY, folder, Map.of(), LoadUpstreamMain.command(rig.upstreamPort())));
            for (int i = 1; i <= gateways; i++) {
                GatewayPeer peer = new GatewayPeer(
                        LoadReport.SUBJECT,
                        rig,
                        new Distribution(distribution.orElse(folder)),
                        postgres.url(),
                        List.of(),
                        1);
                if (i == 1) {
                    peer.seed(postgres.database());
                }
                members.add(keep(new Member("gateway-" + i, peer)));
            }
            members.forEach(Member::start);
            FirstAnswer.awaitListening(origin, rig.upstreamPort());
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    public List<Member> members() {
        return List.copyOf(members);
    }

    /** Tokens of tenants, one each. */
    public List<String> tokens() {
        return rig.tokens(TokenSet.WARM);
    }

    @Override
    public void close() {
        GatewayUnderLoad.closeAll(parts);
    }
}
