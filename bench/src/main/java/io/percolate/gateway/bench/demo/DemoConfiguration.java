package io.percolate.gateway.bench.demo;

import io.percolate.gateway.bench.demo.DemoDescription.Gateway;
import io.percolate.gateway.bench.launch.SelfSignedCertificate;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The keys that the demo's processes are configured by: what all share, and what each adds. */
final class DemoConfiguration {
    static final String HOST = "127.0.0.1";
    static final String BUCKET = "percolate-contexts";

    private final DemoKeys keys;
    private final Map<String, String> shared = new TreeMap<>();

    DemoConfiguration(DemoKeys keys, S3Endpoint s3, PostgresServer postgres) {
        this.keys = keys;
        shared.put("MANAGEMENT_DB_URL", postgres.url());
        shared.put("S3_CONTEXT_CACHE_BUCKET", BUCKET);
        shared.put("GATEWAY_S3_ENDPOINT", s3.endpoint().toString());
        shared.put("GATEWAY_S3_REGION", s3.region());
        shared.put("GATEWAY_S3_ACCESS_KEY", s3.accessKey());
        shared.put("GATEWAY_S3_SECRET_KEY", s3.secretKey());
        shared.put("GATEWAY_S3_PATH_STYLE", "true");
        shared.put("GATEWAY_KEY_ENCRYPTION_KEY", keys.keyEncryptionKey());
    }

    Map<String, String> pod(String id, Tier tier, int port, Path data) {
        Map<String, String> pod = new TreeMap<>(shared);
        pod.put("PERCOLATE_POD_ID", id);
        pod.put("PERCOLATE_TENANT_TIER", tier.name());
        pod.put("PERCOLATE_HOST", HOST);
        pod.put("PERCOLATE_PORT", Integer.toString(port));
        pod.put("PERCOLATE_DATA_DIR", data.toString());
        return pod;
    }

    Map<String, String> management(URI url) {
        Map<String, String> management = new TreeMap<>(shared);
        management.put("GATEWAY_ADMIN_HOST", HOST);
        management.put("GATEWAY_ADMIN_PORT", Integer.toString(url.getPort()));
        management.put("GATEWAY_ADMIN_WRITE_TOKENS", "demo:" + keys.adminToken());
        return management;
    }

    /** @param secured where it also listens for TLS */
    Map<String, String> gateway(Gateway gateway, URI secured, SelfSignedCertificate certificate) {
        Map<String, String> edge = new TreeMap<>(anyGateway());
        edge.put("GATEWAY_EDGE_TLS_PORT", Integer.toString(secured.getPort()));
        edge.put("GATEWAY_EDGE_TLS_CERTIFICATES", certificate.folder().toString());
        edge.put("GATEWAY_EDGE_HOST", HOST);
        edge.put("GATEWAY_EDGE_PORT", Integer.toString(gateway.edge().getPort()));
        // The first look of a process into S3 takes seconds on a slow machine; then a request would be held instead.
        edge.put("GATEWAY_COLD_CONTEXT_TIMEOUT", "20s");
        edge.put("GATEWAY_OPS_HOST", HOST);
        edge.put("GATEWAY_OPS_PORT", Integer.toString(gateway.ops().getPort()));
        return edge;
    }

    private Map<String, String> anyGateway() {
        Map<String, String> any = new TreeMap<>(shared);
        any.put("GATEWAY_JWKS_FILE", keys.jwks().toString());
        any.put("GATEWAY_JWT_ISSUER", DemoKeys.ISSUER);
        any.put("GATEWAY_JWT_AUDIENCE", DemoKeys.AUDIENCE);
        any.put("GATEWAY_JWT_TENANT_CLAIM", DemoKeys.TENANT_CLAIM);
        return any;
    }

    /** Writes what a further gateway, or a command, needs as a file for {@code --config}, for this user alone. */
    void write(Path file) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                anyGateway().entrySet().stream()
                        .map(entry -> entry.getKey() + ": '" + entry.getValue().replace("'", "''") + "'\n")
                        .collect(Collectors.joining()));
    }
}
