package io.percolate.gateway.proxy.sidecar.main;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.proxy.sidecar.SidecarConfig;
import io.percolate.gateway.proxy.sidecar.hook.Hook;
import io.percolate.gateway.proxy.sidecar.hook.HookName;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SidecarMainTest {
    @Test
    void pinsEveryDefault() {
        SidecarConfig config = SidecarSettings.load(ConfigSource.of(Map.of())).sidecar();

        assertThat(config.tier()).isEqualTo(Tier.C);
        assertThat(config.capacity()).isEqualTo(20);
        assertThat(config.region()).isEqualTo("default");
        assertThat(config.host()).isEqualTo("0.0.0.0");
        assertThat(config.port()).isEqualTo(8000);
        assertThat(config.eventLoops()).isEqualTo(1);
        assertThat(config.diskReturns()).isFalse();
        assertThat(config.heartbeat()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.versionLabel()).isEmpty();
        assertThat(config.state()).isEqualTo(Path.of("data/.percolate"));
        assertThat(config.stopGrace()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config.application().url()).isEqualTo(URI.create("http://127.0.0.1:8080"));
        assertThat(config.application().pathPrefix()).isEmpty();
        assertThat(config.application().connectTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(config.application().answerMax()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.application().idleMax()).isEqualTo(Duration.ofSeconds(4));
        assertThat(config.application().healthPath()).isEmpty();
        assertThat(config.application().healthInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(config.application().healthWait()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config.hooks().hooks()).isEmpty();
        assertThat(config.hooks().data()).isEqualTo(Path.of("data"));
        assertThat(config.hooks().timeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.hooks().transferTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(config.hooks().dataBytesMax()).isEqualTo(16L << 30);
        assertThat(config.hooks().contextBytesMax()).isEqualTo(1 << 20);
        assertThat(config.hooks().contextType()).isEqualTo("application/json");
    }

    @Test
    void readsHooksOfBothKinds() {
        assertThat(SidecarSettings.load(ConfigSource.of(Map.of(
                                "SIDECAR_HOOK_LOAD", "http://127.0.0.1:1/{tenant}/{epoch}",
                                "SIDECAR_HOOK_EVICT", "/bin/flush,--now")))
                        .sidecar()
                        .hooks()
                        .hooks())
                .isEqualTo(Map.of(
                        HookName.LOAD, new Hook.Http("http://127.0.0.1:1/{tenant}/{epoch}"),
                        HookName.EVICT, new Hook.Exec(List.of("/bin/flush", "--now"))));
    }

    @Test
    void reportsEveryProblemAtOnce() {
        assertThatThrownBy(() -> SidecarSettings.load(ConfigSource.of(Map.of(
                        "SIDECAR_PORT", "high",
                        "SIDECAR_HOOK_LOAD", "flush",
                        "SIDECAR_HOOK_EXPORT", "http://",
                        "SIDECAR_PATH_PREFIX", "tenant/",
                        "SIDECAR_DATA_DIRS", "x"))))
                .hasMessageContainingAll(
                        "SIDECAR_PORT",
                        "SIDECAR_HOOK_LOAD: expected",
                        "SIDECAR_HOOK_EXPORT: expected",
                        "give all of SIDECAR_HOOK_EXPORT",
                        "SIDECAR_PATH_PREFIX",
                        "SIDECAR_DATA_DIRS is not a known key; did you mean SIDECAR_DATA_DIR?");
    }

    @Test
    void printsTheReferenceThatTheDocsHold() throws IOException {
        StringWriter out = new StringWriter();
        CommandLine line = SidecarMain.commandLine(Map.of()).setOut(new PrintWriter(out));

        assertThat(line.execute("check-config", "--print-reference")).isZero();
        assertThat(Path.of("..", "docs", "configuration-sidecar.md"))
                .as("./gateway check-config --sidecar --print-reference > docs/configuration-sidecar.md")
                .hasContent(out.toString());
        assertThat(line.execute("sidecar", "--help")).isZero();
    }
}
