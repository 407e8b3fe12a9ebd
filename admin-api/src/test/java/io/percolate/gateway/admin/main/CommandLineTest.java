package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.testing.CommandLines;
import io.percolate.gateway.admin.testing.CommandLines.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
    private static final Map<String, String> VALID = Map.of(
            "MANAGEMENT_DB_URL", "postgresql://user:hunter2hunter2@localhost:5432/management",
            "GATEWAY_ADMIN_WRITE_TOKENS", "ops:ops-secret-0123456789");

    @ParameterizedTest
    @ValueSource(strings = {"manage", "migrate", "token", "tokens", "tenants", "shards", "context", "check-config"})
    void explainsEachCommand(String command) {
        Run run = run(Map.of(), command, "--help");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("Usage: gateway " + command);
    }

    @Test
    void refusesUnknownCommandsAndOptionsAsWrongUsage() {
        assertThat(run(Map.of(), "evict").exitCode()).isEqualTo(2);
        assertThat(run(Map.of(), "migrate", "--force").exitCode()).isEqualTo(2);
        assertThat(run(Map.of()).exitCode()).isEqualTo(2);
    }

    @Test
    void printsAValidConfigurationWithoutItsSecrets() {
        Run run = run(VALID, "check-config");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("GATEWAY_ADMIN_PORT: 8090", "GATEWAY_ADMIN_WRITE_TOKENS: <redacted>", "is valid")
                .doesNotContain("ops-secret", "hunter2");
    }

    @Test
    void reportsEveryProblemOfAConfigurationAtOnce(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("management.yaml"), "GATEWAY_ADMIN_PORT: high\nGATEWAY_ADMIN_HOTS: x\n");

        Run run = run(Map.of(), "check-config", "--config", file.toString());

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err())
                .contains(
                        "GATEWAY_ADMIN_PORT", "GATEWAY_ADMIN_HOTS", "MANAGEMENT_DB_URL", "GATEWAY_ADMIN_WRITE_TOKENS");
    }

    @Test
    void refusesToStartOnAWrongConfiguration() {
        Run run = run(Map.of("GATEWAY_ADMIN_WRITE_TOKENS", "ops:short"), "manage");

        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("MANAGEMENT_DB_URL is required").doesNotContain("short\n");
    }

    @Test
    void printsTheReferenceThatTheDocsHold() throws IOException {
        Run run = run(Map.of(), "check-config", "--print-reference");

        assertThat(run.exitCode()).isZero();
        assertThat(Path.of("..", "docs", "configuration-management.md"))
                .as("./gateway check-config --management --print-reference > docs/configuration-management.md")
                .hasContent(run.out());
    }

    private static Run run(Map<String, String> variables, String... arguments) {
        return CommandLines.run(ManagementMain.commandLine(variables), arguments);
    }
}
