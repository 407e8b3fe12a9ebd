package io.percolate.gateway.bench.pod;

import static io.percolate.gateway.bench.pod.PodCaller.json;
import static io.percolate.gateway.bench.pod.PodCaller.text;
import static io.percolate.gateway.bench.pod.PodFixture.newTenant;
import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * What every pod does that speaks the contract, whatever it is made of; each answer to a control call is also checked
 * against docs/pod-contract.yaml. Of the tenants' own traffic these need {@code PUT} and {@code GET} below {@code /kv/},
 * {@code GET /whoami}, and {@code GET /delay/600000}, which does not end by itself.
 */
abstract class PodContractCases {
    @TempDir
    Path folder;

    final MemoryVault vault = new MemoryVault();
    PodUnderTest pod;
    PodCaller caller;

    /** A running pod; {@code close} ends it. */
    interface PodUnderTest extends AutoCloseable {
        URI url();

        @Override
        void close();
    }

    /** Starts a pod that keeps what it has in this folder. */
    abstract PodUnderTest start(Path folder, Optional<TenantVault> vault, Map<String, String> settings)
            throws IOException;

    @BeforeEach
    void start() throws IOException {
        pod = start(folder.resolve("one"), Optional.of(vault), Map.of("PERCOLATE_MAX_HOT_TENANTS", "2"));
        caller = new PodCaller(pod.url());
    }

    @AfterEach
    void stop() {
        caller.close();
        pod.close();
    }

    @Test
    void itIsHealthyAndReady() {
        assertThat(caller.get("/health").statusCode()).isEqualTo(200);
        assertThat(json(caller.get("/ready")).path("capacity").intValue()).isEqualTo(2);
    }

    @Test
    void aProbeThatMayWaitIsAnsweredOnceTheTenantIsLoaded() {
        TenantId tenant = newTenant();

        assertThat(json(caller.probe(tenant, "20000")).path("state").stringValue())
                .isEqualTo("absent");
        caller.load(tenant, 1, "");
        assertThat(json(caller.probe(tenant, "20000")).path("state").stringValue())
                .isEqualTo("hot");
        assertThat(caller.probe(tenant, "60001").statusCode()).isEqualTo(400);
        assertThat(caller.probe(tenant, "soon").statusCode()).isEqualTo(400);
    }

    @Test
    void aSnapshotIsStoredOfATenantAtRestAloneAndKeepsItThere() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        caller.traffic(tenant, 1, "PUT", "/kv/a", "value");

        caller.evict(tenant, 1, "disk");
        assertThat(json(caller.snapshot(tenant, 2)).path("epoch").longValue())
                .as("of another epoch")
                .isEqualTo(1);
        String location = json(caller.snapshot(tenant, 1)).path("data_location").stringValue();

        assertThat(vault.objects).containsKey(location);
        assertThat(caller.view(tenant).path("state").stringValue()).isEqualTo("warm");
        vault.failure = new IllegalStateException("S3 is away");
        assertThat(caller.snapshot(tenant, 1).statusCode()).isEqualTo(503);
        vault.failure = null;
        // Under a newer epoch the copy counts no more; what was stored is all that is left of it.
        assertThat(json(caller.evict(tenant, 2, "nothing"))
                        .path("data_location")
                        .isNull())
                .isTrue();
        caller.loadHot(tenant, 3, "{\"restore_from\": \"" + location + "\"}");
        assertThat(text(caller.traffic(tenant, 3, "GET", "/kv/a", ""))).isEqualTo("value");
    }

    @Test
    void aTenantIsLoadedServedEvictedAndLoadedAgainWithItsData() {
        TenantId tenant = newTenant();
        assertThat(caller.view(tenant).path("state").stringValue()).isEqualTo("absent");

        caller.loadHot(tenant, 1, "");
        assertThat(caller.traffic(tenant, 1, "PUT", "/kv/a/b", "value").statusCode())
                .isEqualTo(204);
        JsonNode evicted = json(caller.evict(tenant, 1, "disk"));

        assertThat(evicted.path("state").stringValue()).isEqualTo("warm");
        caller.loadHot(tenant, 2, "");
        assertThat(text(caller.traffic(tenant, 2, "GET", "/kv/a/b", ""))).isEqualTo("value");
        assertThat(json(caller.get("/internal/tenants")).path("tenants").size()).isEqualTo(1);
    }

    @Test
    void trafficUnderAnotherEpochOrOfAnotherTenantIsMisdirected() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 5, "");

        assertThat(caller.traffic(tenant, 4, "GET", "/whoami", "").statusCode()).isEqualTo(421);
        assertThat(caller.traffic(tenant, 6, "GET", "/whoami", "").statusCode()).isEqualTo(421);
        assertThat(caller.traffic(newTenant(), 5, "GET", "/whoami", "").statusCode())
                .isEqualTo(421);
        assertThat(caller.send(caller.traffic(tenant, 5, "/whoami").GET().build())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void aHotTenantTakesANewerEpochAtOnceAndRefusesAnOlder() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 3, "");

        assertThat(caller.load(tenant, 3, "{}").statusCode()).isEqualTo(200);
        assertThat(caller.load(tenant, 7, "{\"restore_from\": null}").statusCode())
                .isEqualTo(200);
        HttpResponse<byte[]> older = caller.load(tenant, 6, "");

        assertThat(older.statusCode()).isEqualTo(409);
        assertThat(json(older).path("epoch").longValue()).isEqualTo(7);
        assertThat(caller.traffic(tenant, 7, "GET", "/whoami", "").statusCode()).isEqualTo(200);
        assertThat(caller.evict(tenant, 6, "disk").statusCode()).isEqualTo(409);
    }

    @Test
    void aFullPodRefusesAndHasRoomAgainAfterAnEviction() {
        TenantId first = newTenant();
        TenantId third = newTenant();
        caller.loadHot(first, 1, "");
        caller.loadHot(newTenant(), 1, "");

        assertThat(caller.load(third, 1, "").statusCode()).isEqualTo(429);
        assertThat(caller.load(first, 2, "").statusCode())
                .as("it is there already")
                .isEqualTo(200);
        caller.evict(first, 2, "disk");

        caller.loadHot(third, 1, "");
    }

    @Test
    void aTenantWithARequestInFlightIsNotEvicted() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        CompletableFuture<HttpResponse<byte[]>> slow = caller.http()
                .sendAsync(caller.traffic(tenant, 1, "/delay/600000").GET().build(), BodyHandlers.ofByteArray());
        Awaitility.await().until(() -> caller.view(tenant).path("in_flight").intValue() == 1);

        HttpResponse<byte[]> refused = caller.evict(tenant, 1, "disk");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(json(refused).path("epoch").longValue()).isEqualTo(1);
        assertThat(caller.view(tenant).path("busy").booleanValue()).isTrue();
        slow.cancel(true);

        Awaitility.await().until(() -> caller.evict(tenant, 1, "disk").statusCode() == 200);
    }

    @Test
    void anEvictionThatKeepsNothingPutsTheDataInTheVaultAndSaysSoTwice() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        caller.traffic(tenant, 1, "PUT", "/kv/k", "survives");

        JsonNode evicted = json(caller.evict(tenant, 1, "nothing"));

        String location = evicted.path("data_location").stringValue();
        assertThat(location).startsWith("s3://");
        assertThat(json(caller.evict(tenant, 1, "nothing"))
                        .path("data_location")
                        .stringValue())
                .isEqualTo(location);
        assertThat(caller.view(tenant).path("state").stringValue()).isEqualTo("absent");
        caller.loadHot(tenant, 2, "{\"restore_from\": \"" + location + "\"}");
        assertThat(text(caller.traffic(tenant, 2, "GET", "/kv/k", ""))).isEqualTo("survives");
    }

    @Test
    void aWarmTenantIsPutInTheVaultUnderItsOwnEpochAndDroppedUnderANewer() {
        TenantId ours = newTenant();
        TenantId superseded = newTenant();
        for (TenantId tenant : new TenantId[] {ours, superseded}) {
            caller.loadHot(tenant, 1, "");
            caller.evict(tenant, 1, "disk");
        }

        assertThat(json(caller.evict(ours, 1, "nothing")).path("data_location").stringValue())
                .startsWith("s3://");
        assertThat(json(caller.evict(superseded, 2, "nothing"))
                        .path("data_location")
                        .isNull())
                .isTrue();
        assertThat(caller.view(superseded).path("state").stringValue()).isEqualTo("absent");
    }

    @Test
    void anEvictionThatCannotStoreIsUndone() {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        vault.failure = new IllegalStateException("the vault is away");

        HttpResponse<byte[]> failed =
                caller.send(caller.traffic(tenant, 1, "/internal/tenants/" + tenant + "?keep=nothing")
                        .DELETE()
                        .build());

        assertThat(failed.statusCode()).isEqualTo(503);
        assertThat(caller.traffic(tenant, 1, "GET", "/whoami", "").statusCode()).isEqualTo(200);
        vault.failure = null;
        assertThat(caller.evict(tenant, 1, "nothing").statusCode()).isEqualTo(200);
    }

    @Test
    void aLoadThatCannotRestoreSaysWhyAndMayBeTriedAgain() {
        TenantId tenant = newTenant();

        caller.load(tenant, 1, "{\"restore_from\": \"s3://memory/" + tenant + "/9\"}");
        caller.awaitState(tenant, "failed");

        assertThat(caller.view(tenant).path("error").stringValue()).contains("no snapshot");
        caller.loadHot(tenant, 1, "");
    }

    @Test
    void aTenantMovesToAnotherPodWithItsData() throws IOException {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        caller.traffic(tenant, 1, "PUT", "/kv/k", "moved");
        try (PodUnderTest other = start(folder.resolve("two"), Optional.empty(), Map.of());
                PodCaller atOther = new PodCaller(other.url())) {
            String export = "{\"restore_from\": \"" + pod.url() + "/internal/tenants/" + tenant + "/data\"}";

            atOther.load(tenant, 2, export);
            atOther.awaitState(tenant, "failed");
            assertThat(atOther.view(tenant).path("error").stringValue()).contains("409");
            caller.evict(tenant, 1, "disk");
            atOther.loadHot(tenant, 2, export);

            assertThat(text(atOther.traffic(tenant, 2, "GET", "/kv/k", ""))).isEqualTo("moved");
            assertThat(json(caller.evict(tenant, 2, "nothing")).path("state").stringValue())
                    .isEqualTo("absent");
        }
    }

    @Test
    void ownDataAreUsedWhenTheyAreAsNewAsTheSource() throws IOException {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 1, "");
        caller.traffic(tenant, 1, "PUT", "/kv/k", "old");
        caller.evict(tenant, 1, "disk");
        byte[] old = caller.export(tenant, 1).body();
        try (PodUnderTest other = start(folder.resolve("two"), Optional.empty(), Map.of());
                PodCaller atOther = new PodCaller(other.url())) {
            assertThat(atOther.receive(tenant, 1, old).statusCode()).isEqualTo(200);
            caller.loadHot(tenant, 2, "");
            caller.traffic(tenant, 2, "PUT", "/kv/k", "new");
            caller.evict(tenant, 2, "disk");

            String export = "{\"restore_from\": \"" + other.url() + "/internal/tenants/" + tenant + "/data\"}";
            caller.loadHot(tenant, 3, export);

            assertThat(text(caller.traffic(tenant, 3, "GET", "/kv/k", ""))).isEqualTo("new");
        }
    }

    @Test
    void aCrashLeavesTenantsWarmUnderTheirEpoch() throws IOException {
        TenantId tenant = newTenant();
        caller.loadHot(tenant, 4, "");
        caller.traffic(tenant, 4, "PUT", "/kv/k", "kept");
        stop();

        pod = start(folder.resolve("one"), Optional.of(vault), Map.of());
        caller = new PodCaller(pod.url());

        assertThat(caller.view(tenant).path("state").stringValue()).isEqualTo("warm");
        assertThat(caller.load(tenant, 3, "").statusCode()).isEqualTo(409);
        caller.loadHot(tenant, 5, "");
        assertThat(text(caller.traffic(tenant, 5, "GET", "/kv/k", ""))).isEqualTo("kept");
    }

    @Test
    void whatCannotBeReadIsRefused() {
        TenantId tenant = newTenant();

        assertThat(caller.load(tenant, 0, "").statusCode()).isEqualTo(400);
        assertThat(caller.load(tenant, 1, "no json").statusCode()).isEqualTo(400);
        assertThat(caller.evict(tenant, 1, "memory").statusCode()).isEqualTo(400);
        assertThat(caller.export(tenant, 1).statusCode()).isEqualTo(404);
        assertThat(caller.receive(tenant, 1, new byte[2048]).statusCode()).isEqualTo(400);
    }

    @Test
    void withoutAVaultATenantIsNotGivenUp() throws IOException {
        TenantId tenant = newTenant();
        try (PodUnderTest alone = start(folder.resolve("two"), Optional.empty(), Map.of());
                PodCaller atAlone = new PodCaller(alone.url())) {
            atAlone.loadHot(tenant, 1, "");

            assertThat(atAlone.evict(tenant, 1, "nothing").statusCode()).isEqualTo(501);
            assertThat(atAlone.evict(tenant, 1, "disk").statusCode()).isEqualTo(200);
        }
    }
}
