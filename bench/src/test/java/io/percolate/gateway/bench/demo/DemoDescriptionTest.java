package io.percolate.gateway.bench.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import io.percolate.gateway.bench.demo.DemoDescription.Gateway;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class DemoDescriptionTest {
    @TempDir
    Path folder;

    @Test
    void theKeysAreThePromisedOnes() throws Exception {
        Path file = folder.resolve("demo.json");
        DemoKeys keys = DemoKeys.create(folder);
        List<DemoTenant> tenants = DemoTenant.roster();
        try (PostgresServer postgres = PostgresServer.startEmbedded()) {
            DemoDescription.write(
                    DemoDescription.of(
                            new Gateway(URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:2")),
                            URI.create("http://127.0.0.1:3"),
                            keys,
                            postgres,
                            new S3Endpoint(URI.create("http://127.0.0.1:4"), "r", "a", "s"),
                            "bucket",
                            List.of(new DemoPod("tier-a-0", Tier.A, URI.create("http://127.0.0.1:5"))),
                            tenants,
                            Map.of("gateway", 1L, "management", 2L)),
                    file);
        }

        JsonNode json = JsonMapper.shared().readTree(Files.readAllBytes(file));

        assertThat(json.propertyNames())
                .containsExactly(
                        "edge",
                        "ops",
                        "management",
                        "adminToken",
                        "postgres",
                        "s3",
                        "issuer",
                        "audience",
                        "tenantClaim",
                        "signingKey",
                        "algorithm",
                        "pods",
                        "tenants",
                        "pids");
        assertThat(json.path("postgres").propertyNames()).containsExactly("url", "user", "password");
        assertThat(json.path("s3").propertyNames())
                .containsExactly("endpoint", "region", "accessKey", "secretKey", "contextBucket");
        assertThat(json.path("pods").get(0).propertyNames()).containsExactly("id", "tier", "url");
        assertThat(json.path("tenants").get(0).propertyNames())
                .containsExactly("id", "name", "tier", "status", "residency", "token");
        assertThat(json.path("pids").path("gateway").longValue()).isEqualTo(1);
        SignedJWT token =
                SignedJWT.parse(json.path("tenants").get(0).path("token").stringValue());
        assertThat(token.verify(new RSASSAVerifier(
                        JWKSet.load(keys.jwks().toFile()).getKeys().getFirst().toRSAKey())))
                .isTrue();
        assertThat(token.getJWTClaimsSet().getStringClaim(DemoKeys.TENANT_CLAIM))
                .isEqualTo(tenants.getFirst().id().toString());
        for (Path secret : List.of(file, keys.signingKey(), keys.jwks())) {
            assertThat(Files.getPosixFilePermissions(secret)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        }
    }

    @Test
    void theRosterHasEveryResidencyAndStatus() {
        List<DemoTenant> roster = DemoTenant.roster();

        assertThat(roster).extracting(DemoTenant::residency).contains(Residency.values());
        assertThat(roster).extracting(DemoTenant::status).contains(TenantStatus.values());
        assertThat(Set.copyOf(roster.stream().map(DemoTenant::email).toList())).hasSameSizeAs(roster);
        for (Tier tier : Tier.values()) {
            List<DemoTenant> active = roster.stream()
                    .filter(tenant -> tenant.tier() == tier && tenant.status() == TenantStatus.ACTIVE)
                    .toList();
            assertThat(active)
                    .filteredOn(tenant -> tenant.residency() == Residency.HOT)
                    .isNotEmpty();
            assertThat(active)
                    .filteredOn(tenant -> tenant.residency() == Residency.COLD)
                    .hasSizeGreaterThanOrEqualTo(3);
        }
    }

    @Test
    void requestsAreSummedOverTheirLabels() {
        String metrics = """
                # TYPE router_requests_total counter
                router_requests_total{tier="A",status="200"} 40.0
                router_requests_total{tier="B",status="200"} 2
                router_request_duration_seconds_count 99
                """;

        assertThat(StatusLine.total(metrics)).isEqualTo(42);
    }
}
