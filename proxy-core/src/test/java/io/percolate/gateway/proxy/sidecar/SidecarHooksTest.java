package io.percolate.gateway.proxy.sidecar;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
        Map<String, String> settings = new java.util.HashMap<>(commands(program, "c"));
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
