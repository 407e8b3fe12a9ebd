package io.percolate.gateway.bench.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Every object of every overlay, without a cluster: well-formed, and fitting the others. */
class ManifestsTest {
    static final List<String> ENTRIES = Tree.ENTRIES;

    private static final Path RESOURCES = Path.of("src/test/resources/kubernetes");
    private static final Set<String> MADE_BY_HAND = Set.of("gitops/tenant/a", "gitops/tenant/b", "gitops/tenant/c");

    private final ObjectSchema schema = new ObjectSchema(Yaml.object(RESOURCES.resolve("custom-resources.yaml")));

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void everyFieldIsKnownAndOfItsType(String entry) {
        assertThat(Tree.objects(entry)).isNotEmpty();
        assertThat(Tree.objects(entry).stream().flatMap(object -> schema.problems(object).stream()))
                .isEmpty();
    }

    @Test
    void theRootApplicationIsWellFormedAndLeadsToFoldersThatExist() {
        ObjectNode root = Yaml.object(Tree.K8S.resolve("gitops/root.yaml"));
        List<JsonNode> all = new ArrayList<>(Tree.objects("gitops/apps"));
        all.add(root);

        assertThat(schema.problems(root)).isEmpty();
        assertThat(all.stream().flatMap(object -> object.findValuesAsString("path").stream()))
                .hasSize(8)
                .allSatisfy(path -> assertThat(Tree.ROOT.resolve(path.replace("/*.yaml", "")))
                        .isDirectory());
    }

    @Test
    void aMisspeltFieldIsFound() {
        ObjectNode deployment =
                Tree.object("overlays/kind", "Deployment", "percolate-gateway").deepCopy();
        Tree.container(deployment).asObject().put("readynessProbe", 1);
        Tree.pod(deployment).get("spec").asObject().put("terminationGracePeriodSeconds", "60");

        assertThat(schema.problems(deployment))
                .hasSize(2)
                .anyMatch(problem -> problem.endsWith(".readynessProbe is not a known field"))
                .anyMatch(problem -> problem.contains("expected a whole number, got \"60\""));
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void everyObjectSaysWhichPartItBelongsToAndIsThereOnce(String entry) {
        Set<String> names = new HashSet<>();
        for (ObjectNode object : Tree.objects(entry)) {
            String name = Kustomization.kind(object) + " " + Kustomization.name(object);
            assertThat(Tree.labels(object.get("metadata")))
                    .as(name)
                    .containsEntry("app.kubernetes.io/part-of", "percolate")
                    .containsKey("app.kubernetes.io/component");
            assertThat(names.add(name)).as(name).isTrue();
        }
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void workloadsSelectTheirOwnPodsAndNoOthers(String entry) {
        List<ObjectNode> workloads = Tree.workloads(entry);
        for (ObjectNode selecting : workloads) {
            JsonNode selector = selecting.get("spec").path("selector");
            if (Kustomization.kind(selecting).equals("Job")) {
                continue;
            }
            for (ObjectNode other : workloads) {
                assertThat(Selector.matches(selector, podLabels(other)))
                        .as("%s selects pods of %s", Kustomization.name(selecting), Kustomization.name(other))
                        .isEqualTo(Kustomization.name(selecting).equals(Kustomization.name(other)));
            }
            selecting
                    .get("spec")
                    .findParents("labelSelector")
                    .forEach(constraint -> assertThat(
                                    Selector.matches(constraint.get("labelSelector"), podLabels(selecting)))
                            .isTrue());
        }
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void servicesLeadToPortsOfPodsAndWorkloadsToServices(String entry) {
        for (ObjectNode service : Tree.objects(entry, "Service")) {
            List<ObjectNode> behind = Tree.workloads(entry).stream()
                    .filter(workload -> Selector.matchesAll(service.get("spec").get("selector"), podLabels(workload)))
                    .toList();
            assertThat(behind).as(Kustomization.name(service)).hasSize(1);
            assertThat(service.get("spec")
                            .get("ports")
                            .valueStream()
                            .map(port -> port.get("targetPort").stringValue()))
                    .as(Kustomization.name(service))
                    .isSubsetOf(portNames(behind.getFirst()));
        }
        for (ObjectNode set : Tree.objects(entry, "StatefulSet")) {
            ObjectNode service = Tree.object(
                    entry, "Service", set.get("spec").get("serviceName").stringValue());
            assertThat(Selector.matchesAll(service.get("spec").get("selector"), podLabels(set)))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void autoscalersAndBudgetsFindTheirWorkloads(String entry) {
        for (ObjectNode scaler : Tree.objects(entry, "HorizontalPodAutoscaler")) {
            JsonNode target = scaler.get("spec").get("scaleTargetRef");
            ObjectNode workload = Tree.object(
                    entry, target.get("kind").stringValue(), target.get("name").stringValue());
            assertThat(workload.get("apiVersion")).isEqualTo(target.get("apiVersion"));
            assertThat(workload.get("spec").has("replicas"))
                    .as("applying %s must not undo its autoscaler", Kustomization.name(workload))
                    .isFalse();
        }
        for (ObjectNode budget : Tree.objects(entry, "PodDisruptionBudget")) {
            assertThat(Tree.workloads(entry))
                    .filteredOn(workload -> Selector.matches(budget.get("spec").get("selector"), podLabels(workload)))
                    .as(Kustomization.name(budget))
                    .hasSize(1);
        }
    }

    @Test
    void tiersHaveTheFiguresOfTheDesign() {
        Map<String, List<String>> figures = new TreeMap<>();
        for (String tier : List.of("a", "b", "c")) {
            String name = "percolate-tier-" + tier;
            JsonNode scaler = Tree.object("overlays/production", "HorizontalPodAutoscaler", name)
                    .get("spec");
            JsonNode container = Tree.container(Tree.object("overlays/production", "StatefulSet", name));
            figures.put(
                    tier,
                    List.of(
                            scaler.get("minReplicas").asString(),
                            scaler.get("maxReplicas").asString(),
                            scaler.at("/metrics/0/pods/metric/name").stringValue(),
                            scaler.at("/metrics/0/pods/target/averageValue").stringValue(),
                            scaler.at("/metrics/1/resource/target/averageUtilization")
                                    .asString(),
                            variable(container, "PERCOLATE_TENANT_TIER"),
                            variable(container, "PERCOLATE_MAX_HOT_TENANTS")));
        }

        assertThat(figures)
                .containsEntry("a", List.of("2", "50", "hot_tenants_count", "6", "60", "A", "8"))
                .containsEntry("b", List.of("1", "100", "hot_tenants_count", "12", "60", "B", "12"))
                .containsEntry("c", List.of("1", "200", "hot_tenants_count", "20", "60", "C", "20"));
        JsonNode gateway = Tree.object("overlays/production", "HorizontalPodAutoscaler", "percolate-gateway");
        assertThat(gateway.at("/spec/minReplicas").intValue()).isEqualTo(3);
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void podsRunWithoutRightsWithinLimitsAndFromFixedImages(String entry) {
        for (ObjectNode workload : Tree.workloads(entry)) {
            String name = Kustomization.name(workload);
            JsonNode spec = Tree.pod(workload).get("spec");
            assertThat(spec.at("/securityContext/runAsNonRoot").asBoolean(false))
                    .as(name)
                    .isTrue();
            assertThat(spec.at("/securityContext/seccompProfile/type").asString(""))
                    .as(name)
                    .isEqualTo("RuntimeDefault");
            assertThat(spec.path("enableServiceLinks").asBoolean(true)).as(name).isFalse();
            assertThat(spec.has("initContainers")).as("looked at by this test").isFalse();
            assertThat(spec.get("priorityClassName").stringValue()).as(name).startsWith("percolate-");
            for (JsonNode container : spec.get("containers")) {
                JsonNode context = container.get("securityContext");
                assertThat(context.get("readOnlyRootFilesystem").booleanValue())
                        .as(name)
                        .isTrue();
                assertThat(context.get("allowPrivilegeEscalation").booleanValue())
                        .as(name)
                        .isFalse();
                assertThat(context.at("/capabilities/drop/0").stringValue())
                        .as(name)
                        .isEqualTo("ALL");
                assertThat(container.get("image").stringValue()).as(name).matches(".+:[^:/]*[0-9][^:/]*");
                for (String bound : List.of("requests", "limits")) {
                    assertThat(container.get("resources").get(bound).propertyNames())
                            .as(name)
                            .containsExactlyInAnyOrder("cpu", "memory");
                }
            }
        }
    }

    @ParameterizedTest
    @FieldSource("ENTRIES")
    void volumesAndReferencesLeadToWhatIsThere(String entry) {
        Map<String, Set<String>> keys = new HashMap<>();
        Stream.of("ConfigMap", "Secret", "SealedSecret")
                .flatMap(kind -> Tree.objects(entry, kind).stream())
                .forEach(object -> {
                    Set<String> held = keys.computeIfAbsent(Kustomization.name(object), name -> new HashSet<>());
                    held.addAll(object.path("data").propertyNames());
                    held.addAll(object.path("stringData").propertyNames());
                    held.addAll(object.path("spec").path("encryptedData").propertyNames());
                });
        for (ObjectNode workload : Tree.workloads(entry)) {
            JsonNode spec = Tree.pod(workload).get("spec");
            JsonNode container = Tree.container(workload);
            Set<String> volumes = new TreeSet<>(spec.get("volumes").findValuesAsString("name"));
            workload.get("spec").path("volumeClaimTemplates").forEach(claim -> volumes.add(Kustomization.name(claim)));
            assertThat(container
                            .get("volumeMounts")
                            .valueStream()
                            .map(mount -> mount.get("name").stringValue()))
                    .as(Kustomization.name(workload))
                    .containsExactlyInAnyOrderElementsOf(volumes);
            if (spec.has("serviceAccountName")) {
                Tree.object(
                        entry, "ServiceAccount", spec.get("serviceAccountName").stringValue());
            }
            container
                    .path("envFrom")
                    .forEach(from -> assertThat(keys)
                            .containsKey(from.at("/configMapRef/name").stringValue()));
            container
                    .path("env")
                    .findParents("secretKeyRef")
                    .forEach(from -> assertThat(
                                    keys.get(from.at("/secretKeyRef/name").stringValue()))
                            .contains(from.at("/secretKeyRef/key").stringValue()));
            if (!MADE_BY_HAND.contains(entry)) {
                filesOfSecrets(entry, workload)
                        .forEach((secret, files) -> assertThat(keys.get(secret))
                                .as("%s of %s", secret, Kustomization.name(workload))
                                .containsAll(files));
            }
        }
    }

    @Test
    void rightsOfTheManagementProcessAreThoseThatItsCodeNeeds() {
        Map<String, Set<String>> documented = new TreeMap<>();
        Matcher role = Pattern.compile("(?s)```yaml\n(.*?)```")
                .matcher(Yaml.text(Tree.ROOT.resolve("docs/kubernetes-scaling.md")));
        assertThat(role.find()).isTrue();
        verbs(Yaml.documents(role.group(1)).getFirst(), documented);
        // Of the two kinds of workloads that the code knows, ours are of one.
        assertThat(documented.keySet().removeIf(resource -> resource.startsWith("apps/deployments")))
                .isTrue();

        Map<String, Set<String>> granted = new TreeMap<>();
        for (String entry : List.of("overlays/kind", "overlays/production")) {
            List<ObjectNode> roles = Tree.objects(entry, "Role");
            assertThat(roles).hasSize(1);
            verbs(roles.getFirst(), granted);
            assertThat(granted).isEqualTo(documented);
            ObjectNode binding = Tree.objects(entry, "RoleBinding").getFirst();
            assertThat(binding.at("/roleRef/name").stringValue()).isEqualTo(Kustomization.name(roles.getFirst()));
            Tree.object(entry, "ServiceAccount", binding.at("/subjects/0/name").stringValue());
            Tree.workloads(entry)
                    .forEach(workload -> assertThat(Tree.pod(workload)
                                    .get("spec")
                                    .get("automountServiceAccountToken")
                                    .booleanValue())
                            .isEqualTo(Kustomization.name(workload).equals("percolate-management")));
        }
    }

    @Test
    void thePlaceOfTheDiskIsNotWhereTheImageIs() {
        for (ObjectNode workload : Tree.workloads("overlays/production")) {
            assertThat(Tree.container(workload).get("volumeMounts").findValuesAsString("mountPath"))
                    .noneMatch(path -> path.startsWith("/opt/percolate"))
                    .contains("/tmp");
        }
        String drain = Tree.container(Tree.object("overlays/production", "Deployment", "percolate-gateway"))
                .at("/lifecycle/preStop/exec/command/0")
                .stringValue();
        assertThat(Tree.K8S.resolve("image").resolve(Path.of(drain).getFileName()))
                .isExecutable();
        assertThat(Yaml.text(Tree.K8S.resolve("image/collect"))).contains("\"$here/drain\"");
    }

    @Test
    void scriptsSayWhatIsMissing() {
        String tools = Yaml.text(Tree.K8S.resolve("kind/tools"));
        for (String tool : List.of("docker", "kind", "kubectl", "curl")) {
            assertThat(tools).contains(tool + ") echo \"" + tool + " is missing");
        }
        assertThat(Yaml.text(Tree.K8S.resolve("kind/up"))).contains("need_tools docker kind kubectl curl");
        assertThat(Tree.K8S.resolve("kind/up")).isExecutable();
        assertThat(Tree.K8S.resolve("kind/down")).isExecutable();
    }

    /** By secret, the files of it that the workload's configuration names. */
    private static Map<String, Set<String>> filesOfSecrets(String entry, JsonNode workload) {
        Map<String, String> secretsByVolume = new HashMap<>();
        Tree.pod(workload).get("spec").get("volumes").forEach(volume -> {
            if (volume.has("secret")) {
                secretsByVolume.put(
                        volume.get("name").stringValue(),
                        volume.at("/secret/secretName").stringValue());
            }
        });
        Map<String, Set<String>> files = new TreeMap<>();
        Tree.container(workload).get("volumeMounts").forEach(mount -> {
            String secret = secretsByVolume.get(mount.get("name").stringValue());
            if (secret != null) {
                String folder = mount.get("mountPath").stringValue() + "/";
                Set<String> named = files.computeIfAbsent(secret, name -> new TreeSet<>());
                Environment.of(entry, workload).values().stream()
                        .filter(value -> value.startsWith(folder))
                        .forEach(value -> named.add(value.substring(folder.length())));
            }
        });
        return files;
    }

    private static void verbs(JsonNode role, Map<String, Set<String>> verbs) {
        role.get("rules")
                .forEach(rule -> rule.get("resources")
                        .forEach(resource -> verbs.put(
                                rule.get("apiGroups").get(0).stringValue() + "/" + resource.stringValue(),
                                new TreeSet<>(rule.get("verbs")
                                        .valueStream()
                                        .map(JsonNode::stringValue)
                                        .toList()))));
    }

    private static String variable(JsonNode container, String name) {
        return container
                .get("env")
                .valueStream()
                .filter(variable -> variable.get("name").stringValue().equals(name))
                .findFirst()
                .orElseThrow()
                .get("value")
                .stringValue();
    }

    private static Map<String, String> podLabels(JsonNode workload) {
        return Tree.labels(Tree.pod(workload).get("metadata"));
    }

    private static List<String> portNames(JsonNode workload) {
        return Tree.container(workload).get("ports").findValuesAsString("name");
    }
}
