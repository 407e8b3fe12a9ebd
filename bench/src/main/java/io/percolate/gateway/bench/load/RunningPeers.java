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

    record Running(Peer peer, PinnedProcess process, int port) {}

    Running of(Peer peer) {
        return running.computeIfAbsent(peer.name(), name -> start(rig, peer, Cores.MEASURED));
    }

    /** Starts a peer and waits for its first answer. */
    static Running start(LoadRig rig, Peer peer, Cores cores) {
        int port = Ports.free();
        long startedNanos = System.nanoTime();
        PinnedProcess process = peer.start(cores, port);
        try {
            FirstAnswer.await(process, port, LoadCase.START.target(), rig.token(), startedNanos);
        } catch (RuntimeException failed) {
            process.close();
            throw failed;
        }
        return new Running(peer, process, port);
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
