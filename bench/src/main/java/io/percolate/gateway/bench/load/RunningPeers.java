package io.percolate.gateway.bench.load;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Peers that run side by side, each idle until its turn: a Java VM is warmed once and stays warm.
 *
 * <p>Each starts on one core, so that its Java VM sizes itself for one.
 */
final class RunningPeers implements AutoCloseable {
    private final LoadRig rig;
    private final Map<String, Running> running = new LinkedHashMap<>();

    RunningPeers(LoadRig rig) {
        this.rig = rig;
    }

    record Running(Peer peer, PinnedProcess process, PeerPorts ports) {
        /** In the clear. */
        int port() {
            return ports.clear();
        }

        int portFor(LoadCase load) {
            return ports.forCase(load);
        }
    }

    /** One that was started without TLS is started anew with it, where the case asks for that, and the other way round. */
    Running of(Peer peer, LoadCase load) {
        Running known = running.get(peer.name());
        if (known != null && known.ports().secure().isPresent() == load.isSecure()) {
            return known;
        }
        if (known != null) {
            known.process().close();
        }
        Running started = start(rig, peer, Cores.MEASURED, PeerPorts.free(load.isSecure()));
        running.put(peer.name(), started);
        return started;
    }

    /** Starts a peer, without TLS, and waits for its first answer. */
    static Running start(LoadRig rig, Peer peer, Cores cores) {
        return start(rig, peer, cores, PeerPorts.free(false));
    }

    private static Running start(LoadRig rig, Peer peer, Cores cores, PeerPorts ports) {
        long startedNanos = System.nanoTime();
        PinnedProcess process = peer.start(cores, ports);
        try {
            FirstAnswer.await(process, ports.clear(), LoadCase.START.target(), rig.token(), startedNanos);
        } catch (RuntimeException failed) {
            process.close();
            throw failed;
        }
        return new Running(peer, process, ports);
    }

    /** Ends them all; they start anew when asked for. */
    void end() {
        running.values().forEach(one -> one.process().close());
        running.clear();
    }

    @Override
    public void close() {
        end();
    }
}
