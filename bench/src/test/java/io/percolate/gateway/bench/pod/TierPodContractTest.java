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
    void aSnapshotOfATenantInMemoryIsWhatItWasThenAndTheTenantGoesOn() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        caller.traffic(tenant, 1, "PUT", "/kv/a", "before");

        assertThat(caller.snapshot(tenant, 2).statusCode()).as("another epoch").isEqualTo(409);
        String location = json(caller.snapshot(tenant, 1)).path("data_location").stringValue();
        caller.traffic(tenant, 1, "PUT", "/kv/a", "after");

        assertThat(text(caller.traffic(tenant, 1, "GET", "/kv/a", ""))).isEqualTo("after");
        // Assigned elsewhere since: nothing of what is in memory here may reach the vault any more.
        vault.objects.remove(tenant + "/context");
        byte[] stored = vault.objects.get(location);
        assertThat(json(caller.evict(tenant, 2, "nothing")).path("state").stringValue())
                .isEqualTo("absent");
        assertThat(vault.objects.get(location)).isSameAs(stored);
        assertThat(vault.objects).doesNotContainKey(tenant + "/context");
        caller.loadHot(tenant, 3, "{\"restore_from\": \"" + location + "\"}");
        assertThat(text(caller.traffic(tenant, 3, "GET", "/kv/a", ""))).isEqualTo("before");
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
