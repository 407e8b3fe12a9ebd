package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.process.ParentWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process as its users meet it: command line, exit code, what it prints. */
class GatewayMainTest {
    private static final int OUTCOME_SECONDS_MAX = 60;

    @TempDir
    Path folder;

    @Test
    void refusesAConfigurationWithEveryProblemAtOnce() throws Exception {
        Process check = run(Map.of("GATEWAY_EDGE_PORT", "many", "GATEWAY_EDGE_PRT", "8080"), "check-config");

        assertThat(exitCode(check)).isEqualTo(ExitCode.USAGE);
        assertThat(error())
                .contains("GATEWAY_EDGE_PORT: expected a port, got 'many'")
                .contains("GATEWAY_EDGE_PRT is not a known key; did you mean GATEWAY_EDGE_PORT?")
                .contains("MANAGEMENT_DB_URL is required")
                .contains("S3_CONTEXT_CACHE_BUCKET is required");
    }

    @Test
    void printsTheEffectiveConfigurationWithoutSecrets() throws Exception {
        Path file = folder.resolve("gateway.yaml");
        Files.writeString(file, """
                GATEWAY_EDGE_PORT: 8443
                MANAGEMENT_DB_URL: postgresql://gateway:hunter2@db/percolate
                S3_CONTEXT_CACHE_BUCKET: contexts
                GATEWAY_JWT_HS256_SECRET: hunter2-hunter2-hunter2-hunter2-hunter2
                GATEWAY_KEY_ENCRYPTION_KEY: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                GATEWAY_ADMIN_PORT: 1
                """);

        Process check = run(Map.of(), "check-config", "--config", file.toString());

        assertThat(exitCode(check)).as(error()).isEqualTo(ExitCode.OK);
        assertThat(output())
                .contains("GATEWAY_EDGE_PORT: 8443  # from the file")
                .contains("GATEWAY_OPS_PORT: 9090\n")
                .doesNotContain("hunter2", "AAAAAAAAAA");
    }

    @Test
    void servesUntilSigterm() throws Exception {
        try (Surroundings surroundings = new Surroundings(folder)) {
            Process serve = run(surroundings.environment(), "serve");
            awaitStarted(serve);

            serve.destroy();

            assertThat(exitCode(serve)).isEqualTo(ExitCode.OK);
            assertThat(error()).contains("stopping", "drained", "stopped");
        }
    }

    @Test
    void stopsWhenItsParentDies() throws Exception {
        Process parent = new ProcessBuilder("sleep", "120").start();
        try (Surroundings surroundings = new Surroundings(folder)) {
            Process serve =
                    run(surroundings.environment(), List.of("-D" + ParentWatch.PROPERTY + "=" + parent.pid()), "serve");
            awaitStarted(serve);

            parent.destroyForcibly();

            assertThat(exitCode(serve)).isEqualTo(ExitCode.OK);
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void saysWhyItDoesNotStart() throws Exception {
        try (Surroundings surroundings = new Surroundings(folder)) {
            Map<String, String> environment = surroundings.environment();
            environment.put("MANAGEMENT_DB_URL", "postgresql://nobody:none@127.0.0.1:1/none");
            environment.put("GATEWAY_DB_STARTUP_WAIT", "3s");

            Process serve = run(environment, "serve");

            assertThat(exitCode(serve)).isEqualTo(ExitCode.FAILED);
            assertThat(error())
                    .contains("waiting for PostgreSQL, attempt 1")
                    .contains("the gateway does not start: PostgreSQL (MANAGEMENT_DB_URL)");
        }
    }

    @Test
    void stopsAtASignalWhileItWaitsForPostgres() throws Exception {
        try (Surroundings surroundings = new Surroundings(folder)) {
            Map<String, String> environment = surroundings.environment();
            environment.put("MANAGEMENT_DB_URL", "postgresql://nobody:none@127.0.0.1:1/none");
            environment.put("GATEWAY_DB_STARTUP_WAIT", "10m");
            Process serve = run(environment, "serve");
            Awaitility.await()
                    .atMost(OUTCOME_SECONDS_MAX, TimeUnit.SECONDS)
                    .until(() -> error().contains("waiting for PostgreSQL"));

            serve.destroy();

            assertThat(exitCode(serve)).isEqualTo(ExitCode.OK);
            assertThat(error()).contains("told to stop while starting");
        }
    }

    @Test
    void servesWithAConfigurationFileThatDoesNotExistNoMoreThanWithAWrongOption() throws Exception {
        Process absent =
                run(Map.of(), "serve", "--config", folder.resolve("absent.yaml").toString());
        assertThat(exitCode(absent)).isEqualTo(ExitCode.USAGE);
        assertThat(error()).contains("absent.yaml");

        Process wrong = run(Map.of(), "serve", "--confg", "gateway.yaml");
        assertThat(exitCode(wrong)).isEqualTo(ExitCode.USAGE);
        assertThat(error()).contains("Unknown option", "--confg");
    }

    @Test
    void takesTheShortWayToServingOnlyForPlainCommandLines() {
        assertThat(ServeCommand.plain("serve")).isNotNull();
        assertThat(ServeCommand.plain("serve", "--config", "gateway.yaml")).isNotNull();

        assertThat(ServeCommand.plain()).isNull();
        assertThat(ServeCommand.plain("check-config")).isNull();
        assertThat(ServeCommand.plain("serve", "--help")).isNull();
        assertThat(ServeCommand.plain("serve", "--config")).isNull();
        assertThat(ServeCommand.plain("serve", "--config", "--help")).isNull();
        assertThat(ServeCommand.plain("serve", "--config=gateway.yaml")).isNull();
    }

    @Test
    void knowsItsCommands() {
        assertThat(GatewayMain.run("--version")).isEqualTo(ExitCode.OK);
        assertThat(GatewayMain.run("serve", "--help")).isEqualTo(ExitCode.OK);
        assertThat(GatewayMain.run("fly")).isEqualTo(ExitCode.USAGE);
    }

    private void awaitStarted(Process serve) {
        Awaitility.await().atMost(OUTCOME_SECONDS_MAX, TimeUnit.SECONDS).until(() -> {
            assertThat(serve.isAlive()).as(error()).isTrue();
            return error().contains("ready in");
        });
    }

    private Process run(Map<String, String> environment, String... arguments) throws IOException {
        return run(environment, List.of(), arguments);
    }

    private Process run(Map<String, String> environment, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), GatewayMain.class.getName()));
        command.addAll(List.of(arguments));
        ProcessBuilder process = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        process.environment().keySet().removeIf(name -> name.startsWith("GATEWAY_"));
        process.environment().putAll(environment);
        return process.start();
    }

    private static int exitCode(Process process) throws InterruptedException {
        if (!process.waitFor(OUTCOME_SECONDS_MAX, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the process has not ended");
        }
        return process.exitValue();
    }

    private String output() {
        return read("out");
    }

    private String error() {
        return read("err");
    }

    private String read(String name) {
        try {
            return Files.readString(folder.resolve(name), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }
}
