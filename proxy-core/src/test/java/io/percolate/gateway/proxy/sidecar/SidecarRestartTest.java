package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications and sidecars that die and come back, one without the other. */
class SidecarRestartTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final TenantId other = new TenantId(UUID.randomUUID());

    @TempDir
    Path folder;

    private ForgetfulApplication application;
    private Sidecars sidecar;

    @BeforeEach
    void start() throws IOException {
        application = new ForgetfulApplication(folder);
        sidecar = new Sidecars(folder, told());
        sidecar.load(tenant, 3, "");
        sidecar.load(other, 5, "");
        Files.writeString(folder.resolve(tenant.toString()).resolve("kept"), "of before");
    }

    @AfterEach
    void stop() {
        application.close();
        sidecar.close();
    }

    private Map<String, String> told() {
        return Map.of(
                "SIDECAR_APPLICATION_URL",
                application.url(),
                "SIDECAR_APPLICATION_HEALTH_PATH",
                "/well",
                "SIDECAR_APPLICATION_HEALTH_INTERVAL",
                "20ms",
                "SIDECAR_APPLICATION_HEALTH_WAIT",
                "20s",
                "SIDECAR_HOOK_LOAD",
                application.url() + "/load",
                "SIDECAR_HOOK_EVICT",
                application.url() + "/evict");
    }

    @Test
    void anApplicationThatReturnsIsToldItsTenantsBeforeTheyAreServed() throws IOException {
        assertThat(ask(tenant, 3).body()).isEqualTo("3");
        application.loads = new CountDownLatch(1);

        application.die();
        await().atMost(PATIENCE).until(() -> ask(tenant, 3).statusCode() == 421);
        application.loadCalls.set(0);
        application.comeBack();
        await().atMost(PATIENCE).until(() -> application.loadCalls.get() == 2);
        sidecar.awaitState(tenant, "loading");
        assertThat(ask(tenant, 3).statusCode()).isEqualTo(421);
        assertThat(ask(other, 5).statusCode()).isEqualTo(421);
        assertThat(sidecar.control("DELETE", tenant, 3, "", "").statusCode())
                .as("an eviction in the middle of a load")
                .isEqualTo(409);
        application.loads.countDown();

        await().atMost(PATIENCE).until(() -> ask(tenant, 3).statusCode() == 200);
        await().atMost(PATIENCE).until(() -> ask(other, 5).statusCode() == 200);
        assertThat(ask(tenant, 3).body()).isEqualTo("3");
        assertThat(ask(other, 5).body()).isEqualTo("5");
        assertThat(application.strangers).hasValue(0);
        assertThat(folder.resolve(tenant.toString()).resolve("kept")).hasContent("of before");
        sidecar.awaitState(tenant, "hot");
    }

    @Test
    void aTenantThatAReturnedApplicationDoesNotLoadIsAtRestUnderItsEpoch() throws IOException {
        application.die();
        await().atMost(PATIENCE).until(() -> ask(tenant, 3).statusCode() == 421);
        application.failsLoads = true;
        application.comeBack();
        sidecar.awaitState(tenant, "failed");

        assertThat(sidecar.view(tenant)).contains("\"epoch\":3").contains("cannot load");
        assertThat(ask(tenant, 3).statusCode()).isEqualTo(421);
        assertThat(sidecar.control("PUT", tenant, 2, "", "").statusCode()).isEqualTo(409);
        application.failsLoads = false;
        sidecar.load(tenant, 4, "");
        assertThat(ask(tenant, 4).body()).isEqualTo("4");
        assertThat(folder.resolve(tenant.toString()).resolve("kept")).hasContent("of before");
        assertThat(application.strangers).hasValue(0);
    }

    @Test
    void anApplicationThatStaysAwayKeepsNobodyFromLeaving() {
        application.die();

        await().atMost(PATIENCE)
                .until(() -> sidecar.control("DELETE", tenant, 3, "", "").statusCode() == 200);
        HttpResponse<String> export = sidecar.control("GET", tenant, 3, "/data", "");

        assertThat(export.statusCode()).isEqualTo(200);
        assertThat(export.body()).contains("of before");
    }

    @Test
    void whatAnApplicationStillHasInMemoryWhenItsSidecarDiesIsWrittenBeforeItsDataLeave() {
        assertThat(sidecar.send(sidecar.request(tenant, 3, "/note").POST(BodyPublishers.ofString("in memory")))
                        .statusCode())
                .isEqualTo(200);
        sidecar.close();
        sidecar = new Sidecars(folder, told());
        assertThat(sidecar.view(tenant)).contains("\"state\":\"warm\"");

        assertThat(sidecar.control("GET", tenant, 3, "/data", "").body()).contains("in memory", "of before");
        assertThat(folder.resolve(tenant.toString()).resolve("saved")).hasContent("in memory");
    }

    @Test
    void anApplicationThatFindsItsTenantsByItselfServesThemAsSoonAsItIsBack() throws IOException {
        Map<String, String> plain = Map.of(
                "SIDECAR_APPLICATION_URL", application.url(),
                "SIDECAR_APPLICATION_HEALTH_PATH", "/well",
                "SIDECAR_APPLICATION_HEALTH_INTERVAL", "20ms");
        try (Sidecars without = new Sidecars(folder.resolve("plain"), plain)) {
            without.load(tenant, 1, "");
            assertThat(without.send(without.request(tenant, 1, "/well")).statusCode())
                    .isEqualTo(200);

            application.die();
            assertThat(without.send(without.request(tenant, 1, "/well")).statusCode())
                    .isEqualTo(502);
            application.comeBack();

            assertThat(without.send(without.request(tenant, 1, "/well")).statusCode())
                    .isEqualTo(200);
            assertThat(without.view(tenant)).contains("\"state\":\"hot\"");
        }
    }

    private HttpResponse<String> ask(TenantId asked, long epoch) {
        return sidecar.send(sidecar.request(asked, epoch, "/epoch"));
    }
}
