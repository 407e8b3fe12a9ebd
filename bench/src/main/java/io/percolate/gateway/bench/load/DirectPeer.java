package io.percolate.gateway.bench.load;

import java.util.Map;
import java.util.Optional;

/** No proxy at all: the origin itself on the measured core, so that what a proxy adds can be told. */
final class DirectPeer implements Peer {
    private final LoadRig rig;

    DirectPeer(LoadRig rig) {
        this.rig = rig;
    }

    @Override
    public String name() {
        return "direct";
    }

    @Override
    public String job() {
        return "the origin without a proxy";
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public boolean takes(LoadCase load) {
        return load == LoadCase.RATE;
    }

    @Override
    public PinnedProcess start(Cores cores, PeerPorts ports) {
        return PinnedProcess.start(name(), cores, rig.folder(), Map.of(), LoadUpstreamMain.command(ports.clear()));
    }
}
