package io.percolate.gateway.bench.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.main.ManagementConfig;
import io.percolate.gateway.bench.pod.TierPodConfig;
import io.percolate.gateway.context.vault.S3TenantVault;
import io.percolate.gateway.proxy.main.GatewayConfig;
import io.percolate.gateway.proxy.sidecar.main.SidecarSettings;
import io.percolate.gateway.routing.config.ConfigKey;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.postgres.DatabaseConfig;
import io.percolate.gateway.routing.process.LogConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What the manifests set is read by the processes' own configuration, and every key of it is one that they know. */
class ConfigurationOfManifestsTest {
    static final List<String> ENTRIES = Tree.ENTRIES;

    private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `([A-Z0-9_]+)` \\|");
    /** Read by k8s/image/percolate. */
    private static final String LAUNCHER_KEY = "PERCOLATE_JAVA_OPTS";

    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void everyProcessTakesItsVariablesAndKnowsEachOfThem(String entry) {
        for (ObjectNode workload : Tree.workloads(entry)) {
            JsonNode container = Tree.container(workload);
            String image = container.get("image").stringValue();
            if (!image.contains("percolate/")) {
                continue;
            }
            Map<String, String> variables = Environment.local(entry, workload, folder);
            Set<String> known = known(container.path("args").path(0).asString("pod"), variables);
            known.add(LAUNCHER_KEY);
            assertThat(variables.keySet())
                    .as("%s in %s", Kustomization.name(workload), entry)
                    .isSubsetOf(known);
        }
        assertThat(Yaml.text(Tree.K8S.resolve("image/percolate"))).contains("${" + LAUNCHER_KEY + ":-}");
    }

    @Test
    void portsOfContainersAreThoseThatTheProcessesListenOn() {
        for (String entry : List.of("overlays/kind", "overlays/production")) {
            ObjectNode workload = Tree.object(entry, "Deployment", "percolate-gateway");
            GatewayConfig gateway = GatewayConfig.load(ConfigSource.of(Environment.local(entry, workload, folder)));

            assertThat(ports(workload).get("ops")).isEqualTo(gateway.ops().port());
            assertThat(ports(workload).get("http")).isEqualTo(8080);
            assertThat(Environment.of(entry, workload)).containsEntry("GATEWAY_EDGE_PORT", "8080");
            assertThat(ports(workload).containsKey("https"))
                    .isEqualTo(!Environment.of(entry, workload)
                            .getOrDefault("GATEWAY_EDGE_TLS_CERTIFICATES", "")
                            .isEmpty());
            Duration drain =
                    gateway.drain().delay().plus(gateway.drain().timeout()).plus(CLOSE_MAX);
            assertThat(Tree.pod(workload)
                            .at("/spec/terminationGracePeriodSeconds")
                            .longValue())
                    .isGreaterThan(drain.toSeconds());
        }
    }

    @Test
    void gatewayAndManagementAgreeOnWhenAPodIsDead() {
        for (String entry : List.of("overlays/kind", "overlays/production")) {
            assertThat(Environment.of(entry, Tree.object(entry, "Deployment", "percolate-gateway"))
                            .get("GATEWAY_POD_DEAD_AFTER"))
                    .isEqualTo(Environment.of(entry, Tree.object(entry, "Deployment", "percolate-management"))
                            .get("GATEWAY_POD_DEAD_AFTER"));
        }
    }

    private static Set<String> known(String command, Map<String, String> variables) {
        ConfigSource source = ConfigSource.of(variables);
        ConfigReader reader = new ConfigReader(source);
        switch (command) {
            case "serve" -> {
                GatewayConfig.load(source);
                return documented("docs/configuration.md");
            }
            case "manage" -> ManagementConfig.read(reader);
            case "migrate" -> DatabaseConfig.read(reader);
            case "pod" -> {
                LogConfig.read(reader);
                TierPodConfig.read(reader);
                DatabaseConfig.read(reader);
                S3TenantVault.Config.read(reader);
                reader.finish();
            }
            case "sidecar" -> {
                SidecarSettings.load(source);
                return documented("docs/configuration-sidecar.md");
            }
            default -> throw new AssertionError("not a process of the images: " + command);
        }
        return reader.keys().stream().map(ConfigKey::name).collect(Collectors.toSet());
    }

    /** The page is made from the code, which another test checks. */
    private static Set<String> documented(String page) {
        return DOCUMENTED
                .matcher(Yaml.text(Tree.ROOT.resolve(page)))
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toSet());
    }

    private static Map<String, Integer> ports(JsonNode workload) {
        return Tree.container(workload)
                .get("ports")
                .valueStream()
                .collect(Collectors.toMap(
                        port -> port.get("name").stringValue(),
                        port -> port.get("containerPort").intValue()));
    }
}
