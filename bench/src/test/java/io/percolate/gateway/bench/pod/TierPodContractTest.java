package io.percolate.gateway.bench.pod;

import static io.percolate.gateway.bench.pod.PodCaller.json;
import static io.percolate.gateway.bench.pod.PodCaller.text;
import static io.percolate.gateway.bench.pod.PodFixture.newTenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The reference tier pod. */
final class TierPodContractTest extends PodContractCases {
    @Override
    PodUnderTest start(Path folder, Optional<TenantVault> vault, Map<String, String> settings) throws IOException {
        TierPod started = PodFixture.start(folder, vault, settings);
        return new PodUnderTest() {
            @Override
            public URI url() {
                return started.url();
            }

            @Override
            public void close() {
                started.close();
            }
        };
    }

    @Test
    void whatATenantIsAnsweredFromWhileColdIsStoredWithItsMessages() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        assertThat(json(caller.traffic(tenant, 1, "POST", "/messages", "hello"))
                        .path("id")
                        .intValue())
                .isEqualTo(1);

        caller.evict(tenant, 1, "disk");

        assertThat(vault.context(tenant)).contains("\"hello\"");
        caller.loadHot(tenant, 2, "");
        assertThat(text(caller.traffic(tenant, 2, "GET", "/messages?after=0", "")))
                .contains("hello");
    }
}
