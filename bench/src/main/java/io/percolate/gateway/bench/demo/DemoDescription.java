package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Endpoint;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The running demo, for scripts: a JSON file whose keys are a promise. */
final class DemoDescription {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private DemoDescription() {}

    /** The addresses of one gateway process. */
    record Gateway(URI edge, URI ops) {}

    static Map<String, Object> of(
            Gateway gateway,
            URI management,
            DemoKeys keys,
            PostgresServer postgres,
            S3Endpoint s3,
            String bucket,
            List<DemoPod> pods,
            List<DemoTenant> tenants,
            Map<String, Long> pids) {
        Map<String, Object> description = new LinkedHashMap<>();
        description.put("edge", gateway.edge().toString());
        description.put("ops", gateway.ops().toString());
        description.put("management", management.toString());
        description.put("adminToken", keys.adminToken());
        description.put(
                "postgres", ordered("url", postgres.url(), "user", postgres.user(), "password", postgres.password()));
        description.put(
                "s3",
                ordered(
                        "endpoint",
                        s3.endpoint().toString(),
                        "region",
                        s3.region(),
                        "accessKey",
                        s3.accessKey(),
                        "secretKey",
                        s3.secretKey(),
                        "contextBucket",
                        bucket));
        description.put("issuer", DemoKeys.ISSUER);
        description.put("audience", DemoKeys.AUDIENCE);
        description.put("tenantClaim", DemoKeys.TENANT_CLAIM);
        description.put("signingKey", keys.signingKey().toString());
        description.put("algorithm", DemoKeys.ALGORITHM);
        description.put(
                "pods",
                pods.stream()
                        .map(pod -> ordered(
                                "id",
                                pod.id(),
                                "tier",
                                pod.tier().name(),
                                "url",
                                pod.url().toString()))
                        .toList());
        description.put(
                "tenants",
                tenants.stream()
                        .map(tenant -> ordered(
                                "id",
                                tenant.id().toString(),
                                "name",
                                tenant.name(),
                                "tier",
                                tenant.tier().name(),
                                "status",
                                tenant.status().name().toLowerCase(Locale.ROOT),
                                "residency",
                                tenant.residency().name().toLowerCase(Locale.ROOT),
                                "token",
                                keys.token(tenant.id())))
                        .toList());
        description.put("pids", pids);
        return description;
    }

    /** Writes the file at once as a whole, for this user alone: it has every secret of the demo. */
    static void write(Map<String, Object> description, Path file) {
        Path target = file.toAbsolutePath();
        Path unfinished = target.resolveSibling("." + target.getFileName() + ".unfinished");
        try {
            Files.deleteIfExists(unfinished);
            Files.createFile(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(unfinished, JSON.writeValueAsString(description) + "\n");
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new DemoException("cannot write " + file + ": " + e, e);
        }
    }

    private static Map<String, String> ordered(String... namesAndValues) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return map;
    }
}
