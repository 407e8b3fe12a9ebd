package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** HAProxy on one thread; with the JWT verified and the tenant looked up in a map, or plain. */
final class HaproxyPeer implements Peer {
    private final LoadRig rig;
    private final boolean verifies;

    HaproxyPeer(LoadRig rig, boolean verifies) {
        this.rig = rig;
        this.verifies = verifies;
    }

    @Override
    public String name() {
        return verifies ? "haproxy" : "haproxy-plain";
    }

    @Override
    public String job() {
        return verifies ? "verifies the JWT, looks the tenant up in a map" : "forwards, no JWT";
    }

    @Override
    public Optional<String> missing() {
        return Tools.find("haproxy").isPresent()
                ? Optional.empty()
                : Optional.of("haproxy is not installed (Debian: apt-get install haproxy)");
    }

    @Override
    public PinnedProcess start(Cores cores, PeerPorts ports) {
        Path config = rig.folder().resolve(name() + "-" + ports.clear() + ".cfg");
        try {
            Files.writeString(config, config(ports));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        String program = Tools.find("haproxy").orElseThrow().toString();
        return PinnedProcess.start(
                name(), cores, rig.folder(), Map.of(), List.of(program, "-db", "-f", config.toString()));
    }

    private String config(PeerPorts ports) {
        String checks = """
                  http-request set-var(txn.bearer) http_auth_bearer
                  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
                  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 ES256 }
                  http-request set-var(txn.ok) var(txn.bearer),jwt_verify(txn.alg,"%s") if { var(txn.alg) -m str RS256 }
                  http-request set-var(txn.ok) var(txn.bearer),jwt_verify(txn.alg,"%s") if { var(txn.alg) -m str ES256 }
                  http-request deny deny_status 401 unless { var(txn.ok) -m int 1 }
                  http-request set-var(txn.exp) var(txn.bearer),jwt_payload_query('$.exp','int')
                  http-request set-var(txn.now) date()
                  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
                  http-request deny deny_status 401 unless { var(txn.bearer),jwt_payload_query('$.iss') -m str %s }
                  http-request set-header X-Tenant-Id %%[var(txn.bearer),jwt_payload_query('$.tenant_id')]
                  http-request set-header X-Tenant-Tier %%[req.hdr(X-Tenant-Id),map(%s,none)]
                  http-request deny deny_status 403 if { req.hdr(X-Tenant-Tier) -m str none }
                """.formatted(rig.publicKey("RS256"), rig.publicKey("ES256"), LoadRig.ISSUER, rig.tenantMap());
        return """
                global
                  nbthread 1
                  maxconn 11000
                  no strict-limits
                defaults
                  mode http
                  timeout client 75s
                  timeout server 60s
                  timeout connect 1s
                  timeout http-request 10s
                  option forwardfor
                frontend edge
                  bind 127.0.0.1:%d backlog 16384
                %s%s  default_backend origin
                backend origin
                  http-reuse always
                  server origin 127.0.0.1:%d
                """.formatted(
                        ports.clear(),
                        ports.secure().isPresent() ? tls(ports.secure().getAsInt()) : "",
                        verifies ? checks : "",
                        rig.upstreamPort());
    }

    private String tls(int port) {
        return "  bind 127.0.0.1:%d backlog 16384 ssl crt %s alpn h2,http/1.1 ssl-min-ver %s ciphersuites %s curves %s%n"
                .formatted(port, chainAndKey(), TlsChoice.VERSION, TlsChoice.SUITE, TlsChoice.GROUP);
    }

    /** Both in one file, as it wants them. */
    private Path chainAndKey() {
        Path both = rig.folder().resolve("haproxy.pem");
        try {
            Files.writeString(
                    both,
                    Files.readString(rig.certificate().certificate())
                            + Files.readString(rig.certificate().key()));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return both;
    }
}
