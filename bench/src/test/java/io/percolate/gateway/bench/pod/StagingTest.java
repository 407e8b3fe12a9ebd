package io.percolate.gateway.bench.pod;

import static io.percolate.gateway.bench.pod.PodCaller.json;
import static io.percolate.gateway.bench.pod.PodCaller.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.fixtures.TemporaryFolder;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Files that a pod fetches before it is given their tenant. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StagingTest {
    private final Path folder = TemporaryFolder.create("staging");
    private TierPod source;
    private TierPod target;
    private PodCaller there;
    private PodCaller here;

    @BeforeAll
    void start() throws IOException {
        source = PodFixture.start(folder.resolve("source"), Optional.empty(), Map.of());
        target = PodFixture.start(folder.resolve("target"), Optional.empty(), Map.of());
        there = new PodCaller(source);
        here = new PodCaller(target);
    }

    @AfterAll
    void stop() {
        there.close();
        here.close();
        source.close();
        target.close();
        TemporaryFolder.delete(folder);
    }

    @Test
    void aLoadFetchesWhatIsNotStagedAndWhatWasWrittenMeanwhile() throws Exception {
        TenantId tenant = servedBySource();
        assertThat(json(here.stage(tenant, 1, data(tenant)))
                        .path("staged_files")
                        .intValue())
                .isEqualTo(1);
        assertThat(here.view(tenant).path("state").stringValue()).isEqualTo("absent");
        there.traffic(tenant, 1, "PUT", "/kv/late", "written after");
        there.evict(tenant, 1, "disk&context=skip");

        here.loadHot(tenant, 2, "{\"restore_from\": \"" + data(tenant) + "\"}");

        assertThat(text(here.traffic(tenant, 2, "GET", "/kv/early", ""))).isEqualTo("written before");
        assertThat(text(here.traffic(tenant, 2, "GET", "/kv/late", ""))).isEqualTo("written after");
        Awaitility.await().until(() -> scratch(target) == 0);
        // The old copy, of an epoch of the past, goes without a place in S3.
        assertThat(json(there.evict(tenant, 2, "nothing")).path("state").stringValue())
                .isEqualTo("absent");
    }

    @Test
    void onlyFilesOfTheSameNameSizeAndChecksumAreLeftOut() throws Exception {
        TenantId tenant = servedBySource();
        there.evict(tenant, 1, "disk");
        Path table = tables(tenant).getFirst();
        String name = String.valueOf(table.getFileName());
        String fact =
                "{\"have\": [{\"name\": \"" + name + "\", \"size\": " + Files.size(table) + ", \"sha256\": \"%s\"}]}";

        String another = fact.formatted("00");
        String same = fact.formatted(java.util.HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(table))));

        assertThat(names(there.rest(tenant, 1, another).body())).contains(name, "STAGED", "CURRENT");
        assertThat(names(there.rest(tenant, 1, same).body()))
                .doesNotContain(name)
                .contains("STAGED", "CURRENT");
    }

    @Test
    void whatIsStagedIsDroppedByOrderAndNeverTakenForData() {
        TenantId tenant = servedBySource();
        here.stage(tenant, 1, data(tenant));
        assertThat(here.unstage(tenant, 1).statusCode()).isEqualTo(200);
        Awaitility.await().until(() -> scratch(target) == 0);

        here.stage(tenant, 1, data(tenant));
        here.loadHot(tenant, 2, "");
        assertThat(here.traffic(tenant, 2, "GET", "/kv/early", "").statusCode()).isEqualTo(404);
        assertThat(here.stage(tenant, 2, data(tenant)).statusCode()).isEqualTo(409);
        here.unstage(tenant, 2);
    }

    @Test
    void aSourceThatDoesNotServeTheTenantGivesNothing() {
        TenantId tenant = servedBySource();

        assertThat(here.stage(tenant, 9, data(tenant)).statusCode()).isEqualTo(502);
        assertThat(here.stage(tenant, 1, URI.create("http://127.0.0.1:1/x")).statusCode())
                .isEqualTo(502);
        assertThat(here.stage(tenant, 1, URI.create("file:///etc/passwd")).statusCode())
                .isEqualTo(400);
    }

    private TenantId servedBySource() {
        TenantId tenant = PodFixture.newTenant();
        there.loadHot(tenant, 1, "");
        there.traffic(tenant, 1, "PUT", "/kv/early", "written before");
        return tenant;
    }

    private URI data(TenantId tenant) {
        return source.url().resolve("/internal/tenants/" + tenant + "/data");
    }

    private List<Path> tables(TenantId tenant) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("source/tenants/" + tenant + "/db"))) {
            return files.filter(file -> file.toString().endsWith(".sst")).toList();
        }
    }

    private static long scratch(TierPod pod) throws IOException {
        try (Stream<Path> files = Files.list(pod.config().dataDirectory().resolve("scratch"))) {
            return files.count();
        }
    }

    private static List<String> names(byte[] tar) throws IOException {
        List<String> names = new ArrayList<>();
        try (TarArchiveInputStream entries = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
            for (TarArchiveEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                names.add(entry.getName());
            }
        }
        return names;
    }
}
