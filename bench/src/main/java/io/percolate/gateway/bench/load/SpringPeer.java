package io.percolate.gateway.bench.load;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Spring Cloud Gateway as its documentation sets it up: resource-server JWT, one route; built by bench/peers. */
final class SpringPeer implements Peer {
    private final LoadRig rig;
    private final Path jar;

    SpringPeer(LoadRig rig, Path jar) {
        this.rig = rig;
        this.jar = jar;
    }

    @Override
    public String name() {
        return "scg";
    }

    @Override
    public String job() {
        return "verifies the JWT, forwards by one route";
    }

    @Override
    public Optional<String> missing() {
        return Files.isRegularFile(jar)
                ? Optional.empty()
                : Optional.of("not built: ./mvnw -f bench/peers/spring-cloud-gateway/pom.xml package");
    }

    @Override
    public boolean isJava() {
        return true;
    }

    @Override
    public boolean takes(LoadCase load) {
        return load != LoadCase.COLD_ES256 && !load.isSecure();
    }

    @Override
    public PinnedProcess start(Cores cores, PeerPorts ports) {
        return PinnedProcess.start(
                name(),
                cores,
                rig.folder(),
                Map.of(
                        "SERVER_PORT",
                        String.valueOf(ports.clear()),
                        "PEER_ORIGIN",
                        "http://127.0.0.1:" + rig.upstreamPort(),
                        "PEER_PUBLIC_KEY",
                        rig.publicKey("RS256").toUri().toString(),
                        "PEER_ISSUER",
                        LoadRig.ISSUER),
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar.toString()));
    }
}
