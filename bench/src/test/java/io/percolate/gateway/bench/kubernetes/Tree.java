package io.percolate.gateway.bench.kubernetes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The tree {@code k8s/} of this repository: what each of its entries comes to. */
final class Tree {
    static final Path ROOT = root();
    static final Path K8S = ROOT.resolve("k8s");

    /** What is applied as a whole, by its path in the tree. */
    static final List<String> ENTRIES = List.of(
            "overlays/kind",
            "overlays/production",
            "overlays/sidecar",
            "gitops/apps",
            "gitops/tenant/a",
            "gitops/tenant/b",
            "gitops/tenant/c");

    private static final Map<String, List<ObjectNode>> RENDERED = new HashMap<>();

    private Tree() {}

    static List<ObjectNode> objects(String entry) {
        return RENDERED.computeIfAbsent(entry, path -> Kustomization.render(K8S.resolve(path)));
    }

    static List<ObjectNode> objects(String entry, String kind) {
        return objects(entry).stream()
                .filter(object -> Kustomization.kind(object).equals(kind))
                .toList();
    }

    static ObjectNode object(String entry, String kind, String name) {
        return objects(entry, kind).stream()
                .filter(object -> Kustomization.name(object).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(entry + " has no " + kind + " " + name));
    }

    /** Everything that makes pods: Deployments, StatefulSets and Jobs. */
    static List<ObjectNode> workloads(String entry) {
        return objects(entry).stream()
                .filter(object ->
                        object.path("spec").path("template").path("spec").has("containers"))
                .toList();
    }

    static JsonNode pod(JsonNode workload) {
        return workload.get("spec").get("template");
    }

    static JsonNode container(JsonNode workload) {
        return pod(workload).get("spec").get("containers").get(0);
    }

    static Map<String, String> labels(JsonNode metadata) {
        Map<String, String> labels = new TreeMap<>();
        metadata.path("labels").forEachEntry((key, value) -> labels.put(key, value.stringValue()));
        return labels;
    }

    private static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(folder.resolve("k8s"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new AssertionError("there is no k8s above " + Path.of("").toAbsolutePath());
            }
        }
        return folder;
    }
}
