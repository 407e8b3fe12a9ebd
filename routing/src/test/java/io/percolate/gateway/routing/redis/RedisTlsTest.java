package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.fixtures.RedisServer;
import io.percolate.gateway.routing.postgres.ServerCertificate;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis behind TLS. */
class RedisTlsTest {
    @Test
    void isReachedWhereItsCertificateIsTheConfiguredOneAndNowhereElse(@TempDir Path folder) throws Exception {
        ServerCertificate shown = ServerCertificate.create(folder);
        ServerCertificate other = ServerCertificate.create(folder);
        Path trusted = Files.writeString(folder.resolve("ca.pem"), shown.certificate());
        Path strange = Files.writeString(folder.resolve("other.pem"), other.certificate());
        try (RedisServer redis = RedisServer.start();
                TlsFront front = new TlsFront(shown, redis.port())) {
            String url = "rediss://127.0.0.1:" + front.port();
            TenantId tenant = Tenants.fresh();
            try (RedisNode node = RedisNode.start(url, "tls", "GATEWAY_REDIS_CA_FILE", trusted.toString())) {
                node.offer(Samples.cold(tenant, 7));
                assertThat(node.foundVersion(tenant)).isEqualTo(7);

                // Messages come by a connection of their own.
                HeardChanges heard = new HeardChanges();
                node.routes.listen(heard);
                long[] version = {7};
                await().atMost(RedisNode.PATIENCE).until(() -> {
                    version[0]++;
                    node.routes.changed(tenant, version[0]);
                    return !heard.of(tenant).isEmpty();
                });
            }
            try (RedisNode wary =
                    RedisNode.begin(url, "tls", Clock.systemUTC(), "GATEWAY_REDIS_CA_FILE", strange.toString())) {
                await().atMost(RedisNode.PATIENCE)
                        .until(() -> wary.link.status().detail().contains("certif")
                                || wary.link.status().detail().contains("PKIX"));
                assertThat(wary.link.isUp()).isFalse();
                assertThat(wary.find(tenant)).isEmpty();
            }
        }
    }
}
