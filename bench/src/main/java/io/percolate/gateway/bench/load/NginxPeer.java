package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** nginx in one process, forwarding without a look at the token: the practical limit. */
final class NginxPeer implements Peer {
    private final LoadRig rig;

    NginxPeer(LoadRig rig) {
        this.rig = rig;
    }

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String job() {
        return "forwards, no JWT";
    }

    @Override
    public boolean takes(LoadCase load) {
        return switch (load) {
            case COLD_RS256, COLD_ES256 -> false;
            case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, RATE, IDLE, START, LOOPS -> true;
            case TLS_GET_64, TLS_GET_16K, TLS_HANDSHAKES, H2_GET_64 -> true;
        };
    }

    @Override
    public Optional<String> missing() {
        return Tools.find("nginx").isPresent()
                ? Optional.empty()
                : Optional.of("nginx is not installed (Debian: apt-get install nginx)");
    }

    @Override
    public PinnedProcess start(Cores cores, PeerPorts ports) {
        Path config = rig.folder().resolve("nginx-" + ports.clear() + ".conf");
        try {
            Files.writeString(config, config(ports));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        String program = Tools.find("nginx").orElseThrow().toString();
        return PinnedProcess.start(
                name(),
                cores,
                rig.folder(),
                Map.of(),
                List.of(program, "-p", rig.folder().toString(), "-e", "nginx-error.log", "-c", config.toString()));
    }

    private String config(PeerPorts ports) {
        return """
                daemon off;
                master_process off;
                pid nginx-%1$d.pid;
                worker_rlimit_nofile 19000;
                events { worker_connections 18000; }
                http {
                  access_log off;
                  client_body_temp_path nginx-body; proxy_temp_path nginx-proxy;
                  fastcgi_temp_path nginx-f; uwsgi_temp_path nginx-u; scgi_temp_path nginx-s;
                  keepalive_requests 100000000;
                  keepalive_timeout 75s;
                  upstream origin { server 127.0.0.1:%2$d; keepalive 1024; keepalive_requests 100000000; }
                  server {
                    listen 127.0.0.1:%1$d backlog=16384;
                %3$s
                    location / {
                      proxy_pass http://origin;
                      proxy_http_version 1.1;
                      proxy_set_header Connection "";
                      proxy_set_header X-Forwarded-For $remote_addr;
                      proxy_request_buffering off;
                    }
                  }
                }
                """.formatted(
                        ports.clear(),
                        rig.upstreamPort(),
                        ports.secure().isPresent() ? tls(ports.secure().getAsInt()) : "");
    }

    private String tls(int port) {
        return """
                    listen 127.0.0.1:%d ssl http2 backlog=16384;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    ssl_protocols %s;
                    ssl_conf_command Ciphersuites %s;
                    ssl_ecdh_curve %s;
                """.formatted(
                        port,
                        rig.certificate().certificate(),
                        rig.certificate().key(),
                        TlsChoice.VERSION,
                        TlsChoice.SUITE,
                        TlsChoice.GROUP);
    }
}
