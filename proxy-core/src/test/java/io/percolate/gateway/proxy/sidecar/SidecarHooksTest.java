package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Applications that keep their data where only they know. */
class SidecarHooksTest {
    private static final TenantId TENANT = new TenantId(UUID.randomUUID());

    @TempDir
    Path folder;

    @Test
    void endpointsLoadEvictExportImportAndDelete() {
        try (Application application = new Application();
                Application second = new Application();
                Sidecars sidecar = new Sidecars(folder.resolve("one"), endpoints(application));
                Sidecars other = new Sidecars(folder.resolve("two"), endpoints(second))) {
            sidecar.load(TENANT, 1, "");
            application.data.put(TENANT.toString(), "of the application");

            application.hooks.put("busy", "");
            assertThat(sidecar.control("DELETE", TENANT, 1, "", "").statusCode())
                    .isEqualTo(409);
            assertThat(sidecar.view(TENANT)).contains("\"state\":\"hot\"");
            application.hooks.remove("busy");
            assertThat(sidecar.control("DELETE", TENANT, 1, "", "").statusCode())
                    .isEqualTo(200);
            other.load(TENANT, 2, "{\"restore_from\": \"" + sidecar.url() + "/internal/tenants/" + TENANT + "/data\"}");

            assertThat(second.data).containsEntry(TENANT.toString(), "of the application");
            assertThat(application.hooks).containsEntry("load", "x").containsKey("evict");
            assertThat(sidecar.control("DELETE", TENANT, 2, "?keep=nothing", "").statusCode())
                    .isEqualTo(200);
            assertThat(application.data).isEmpty();
        }
    }

    @Test
    void commandsLoadEvictExportImportAndDelete() throws IOException {
        Path program = script();
        try (Sidecars sidecar = new Sidecars(folder.resolve("one"), commands(program, "a"));
                Sidecars other = new Sidecars(folder.resolve("two"), commands(program, "b"))) {
            sidecar.load(TENANT, 1, "");
            Files.writeString(folder.resolve("a-" + TENANT), "of the command");
            assertThat(sidecar.control("DELETE", TENANT, 1, "", "").statusCode())
                    .isEqualTo(200);
            other.load(TENANT, 2, "{\"restore_from\": \"" + sidecar.url() + "/internal/tenants/" + TENANT + "/data\"}");

            assertThat(folder.resolve("b-" + TENANT)).hasContent("of the command");
            assertThat(Files.readString(folder.resolve("b-log"))).isEqualTo("import 2 \nload 2 \n");
            Files.writeString(folder.resolve("b-busy"), "");
            assertThat(other.control("DELETE", TENANT, 2, "", "").statusCode()).isEqualTo(409);
            Files.delete(folder.resolve("b-busy"));
            assertThat(sidecar.control("DELETE", TENANT, 2, "?keep=nothing", "").statusCode())
                    .isEqualTo(200);
            assertThat(folder.resolve("a-" + TENANT)).doesNotExist();
        }
    }

    @Test
    void aCommandThatFailsOrTakesTooLongSaysSoAndIsTriedAgain() throws IOException {
        Path program = script();
        TenantId slow = new TenantId(UUID.randomUUID());
        Map<String, String> settings = new HashMap<>(commands(program, "c"));
        settings.put("SIDECAR_HOOK_TIMEOUT", "1s");
        try (Sidecars sidecar = new Sidecars(folder.resolve("one"), settings)) {
            Files.writeString(folder.resolve("c-broken"), "");
            sidecar.control("PUT", TENANT, 1, "", "");
            sidecar.awaitState(TENANT, "failed");
            assertThat(sidecar.view(TENANT)).contains("got 3: no such disk");
            Files.delete(folder.resolve("c-broken"));
            Files.writeString(folder.resolve("c-slow"), "");
            sidecar.control("PUT", slow, 1, "", "");
            sidecar.awaitState(slow, "failed");
            assertThat(sidecar.view(slow)).contains("not done in 1000 ms");
            Files.delete(folder.resolve("c-slow"));

            sidecar.load(TENANT, 1, "");
        }
    }

    @Test
    void endpointsThatFailHangOrSayTooMuchLeaveAllAsItWas() {
        Map<String, String> settings = new HashMap<>();
        settings.put("SIDECAR_HOOK_TIMEOUT", "500ms");
        settings.put("SIDECAR_DATA_MAX", "1KiB");
        try (Application application = new Application()) {
            settings.putAll(endpoints(application));
            try (Sidecars sidecar = new Sidecars(folder.resolve("one"), settings)) {
                application.hooks.put("fail-load", "");
                sidecar.control("PUT", TENANT, 1, "", "");
                sidecar.awaitState(TENANT, "failed");
                assertThat(sidecar.view(TENANT))
                        .contains("expected 2xx, got 500: no such disk x")
                        .hasSizeLessThan(1_000);
                application.hooks.clear();
                sidecar.load(TENANT, 1, "");

                application.hooks.put("hang-evict", "");
                HttpResponse<String> late = sidecar.control("DELETE", TENANT, 1, "", "");
                assertThat(late.statusCode()).isEqualTo(503);
                assertThat(late.body()).contains("not done in 500 ms");
                assertThat(application.hooks)
                        .as("loads of an application that may have evicted it meanwhile")
                        .containsEntry("load", "xx");
                assertThat(sidecar.send(sidecar.request(TENANT, 1, "/headers")).statusCode())
                        .isEqualTo(200);
                application.hooks.clear();

                application.data.put(TENANT.toString(), "y".repeat(2_000));
                assertThat(sidecar.control("DELETE", TENANT, 1, "", "").statusCode())
                        .isEqualTo(200);
                HttpResponse<String> large = sidecar.control("GET", TENANT, 1, "/data", "");
                assertThat(large.statusCode()).isEqualTo(503);
                assertThat(large.body()).contains("larger than 1024 bytes");
                assertThat(sidecar.view(TENANT)).contains("\"state\":\"warm\",\"epoch\":1");
                assertThat(application.data).containsKey(TENANT.toString());
            }
        }
    }

    @Test
    void commandsThatLeaveSomethingBehindOrSayTooMuchAreDoneWithInTime() throws IOException {
        Path program = script();
        Map<String, String> settings = new HashMap<>(commands(program, "d"));
        settings.put("SIDECAR_HOOK_TIMEOUT", "3s");
        settings.put("SIDECAR_DATA_MAX", "1KiB");
        try (Sidecars sidecar = new Sidecars(folder.resolve("one"), settings)) {
            // What it leaves behind holds the pipes of its output for longer than the hook may take.
            Files.writeString(folder.resolve("d-background"), "");
            sidecar.load(TENANT, 1, "");
            Files.delete(folder.resolve("d-background"));

            Files.writeString(folder.resolve("d-" + TENANT), "y".repeat(200_000));
            assertThat(sidecar.control("DELETE", TENANT, 1, "", "").statusCode())
                    .isEqualTo(200);
            HttpResponse<String> large = sidecar.control("GET", TENANT, 1, "/data", "");
            assertThat(large.statusCode()).isEqualTo(503);
            assertThat(large.body()).contains("wrote more than 1024 bytes");

            Files.writeString(folder.resolve("d-noisy"), "");
            sidecar.control("PUT", TENANT, 2, "", "");
            sidecar.awaitState(TENANT, "failed");
            assertThat(sidecar.view(TENANT)).contains("got 4: noise").hasSizeLessThan(3_000);
            assertThat(Files.size(folder.resolve("d-" + TENANT))).isEqualTo(200_000);
        }
    }

    /** A program that keeps each tenant's data in a file; it sees none of this process's environment. */
    private Path script() throws IOException {
        Path program = folder.resolve("hook");
        Files.writeString(program, """
                #!/bin/sh
                set -eu
                at="%s/$1-$PERCOLATE_TENANT_ID"
                prefix="%s/$1"
                [ ! -e "$prefix-broken" ] || { echo "no such disk" >&2; exit 3; }
                [ ! -e "$prefix-slow" ] || sleep 60
                [ ! -e "$prefix-background" ] || sleep 5 &
                [ ! -e "$prefix-noisy" ] || { yes noise | head -c 300000 >&2; exit 4; }
                case "$PERCOLATE_HOOK" in
                  load | import) echo "$PERCOLATE_HOOK $PERCOLATE_EPOCH ${SIDECAR_SECRET:-}" >>"$prefix-log" ;;
                esac
                case "$PERCOLATE_HOOK" in
                  export) cat "$at" ;;
                  import) cat >"$at" ;;
                  delete) rm -f "$at" ;;
                  evict) [ ! -e "$prefix-busy" ] || exit 75 ;;
                esac
                """.formatted(folder, folder));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
        return program;
    }

    private static Map<String, String> commands(Path program, String name) {
        String command = program + "," + name;
        return Map.of(
                "SIDECAR_HOOK_LOAD", command,
                "SIDECAR_HOOK_EVICT", command,
                "SIDECAR_HOOK_EXPORT", command,
                "SIDECAR_HOOK_IMPORT", command,
                "SIDECAR_HOOK_DELETE", command);
    }

    private static Map<String, String> endpoints(Application application) {
        String hooks = application.url() + "/hooks/{tenant}/";
        return Map.of(
                "SIDECAR_APPLICATION_URL", application.url(),
                "SIDECAR_HOOK_LOAD", hooks + "load",
                "SIDECAR_HOOK_EVICT", hooks + "evict",
                "SIDECAR_HOOK_EXPORT", hooks + "data",
                "SIDECAR_HOOK_IMPORT", hooks + "data",
                "SIDECAR_HOOK_DELETE", hooks + "data");
    }
}
