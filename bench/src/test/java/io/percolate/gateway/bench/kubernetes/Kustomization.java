package io.percolate.gateway.bench.kubernetes;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a folder with a {@code kustomization.yaml} comes to: as much of kustomize as the tree {@code k8s/} uses, and an error
 * for anything more. Unlike kustomize it adds no hash to the names of generated objects, so that they are found by name.
 */
final class Kustomization {
    private static final Set<String> FIELDS = Set.of(
            "apiVersion", "kind", "namespace", "resources", "components", "configMapGenerator", "patches", "images");
    private static final Set<String> CLUSTER_KINDS = Set.of("Namespace", "PriorityClass");

    private final Path folder;
    private final ObjectNode rules;

    private Kustomization(Path folder) {
        this.folder = folder;
        this.rules = Yaml.object(folder.resolve("kustomization.yaml"));
        for (String field : rules.propertyNames()) {
            if (!FIELDS.contains(field)) {
                throw new AssertionError(folder + ": '" + field + "' is not read by the tests");
            }
        }
    }

    /** All objects, in the order in which they are named. */
    static List<ObjectNode> render(Path folder) {
        List<ObjectNode> objects = new ArrayList<>();
        new Kustomization(folder).applyTo(objects);
        return objects;
    }

    private void applyTo(List<ObjectNode> objects) {
        rules.path("resources").forEach(name -> addResource(objects, folder.resolve(name.stringValue())));
        rules.path("components")
                .forEach(name ->
                        new Kustomization(folder.resolve(name.stringValue()).normalize()).applyTo(objects));
        rules.path("configMapGenerator").forEach(generator -> generate(objects, generator));
        rules.path("patches").forEach(patch -> patch(objects, patch));
        rules.path("images").forEach(image -> objects.forEach(object -> rename(object, image)));
        if (rules.has("namespace")) {
            objects.forEach(object -> place(object, rules.get("namespace").stringValue()));
        }
    }

    private static void addResource(List<ObjectNode> objects, Path resource) {
        if (Files.isDirectory(resource)) {
            new Kustomization(resource.normalize()).applyTo(objects);
        } else {
            Yaml.documents(resource).forEach(document -> objects.add(document.asObject()));
        }
    }

    private void generate(List<ObjectNode> objects, JsonNode generator) {
        String name = generator.get("name").stringValue();
        List<ObjectNode> known = objects.stream()
                .filter(object ->
                        kind(object).equals("ConfigMap") && name(object).equals(name))
                .toList();
        boolean merges = generator.path("behavior").asString("create").equals("merge");
        if (known.size() != (merges ? 1 : 0)) {
            throw new AssertionError(folder + ": ConfigMap " + name + " is there " + known.size() + " times before");
        }
        ObjectNode map = merges ? known.getFirst() : Yaml.object();
        if (!merges) {
            map.put("apiVersion", "v1").put("kind", "ConfigMap");
            map.putObject("metadata").put("name", name);
            JsonNode labels = generator.path("options").path("labels");
            if (labels.isObject()) {
                map.withObject("/metadata").set("labels", labels);
            }
            objects.add(map);
        }
        ObjectNode data = map.withObject("/data");
        for (JsonNode env : generator.path("envs")) {
            Yaml.text(folder.resolve(env.stringValue())).lines().forEach(line -> {
                if (!line.isBlank() && !line.startsWith("#")) {
                    int equals = line.indexOf('=');
                    data.put(line.substring(0, equals), line.substring(equals + 1));
                }
            });
        }
        for (JsonNode file : generator.path("files")) {
            Path path = folder.resolve(file.stringValue());
            data.put(String.valueOf(path.getFileName()), Yaml.text(path));
        }
    }

    private void patch(List<ObjectNode> objects, JsonNode patch) {
        List<ObjectNode> targets = objects.stream()
                .filter(object -> isMeant(object, patch.get("target")))
                .toList();
        if (targets.isEmpty()) {
            throw new AssertionError(folder + ": nothing is meant by " + patch.get("target"));
        }
        String text = patch.has("path")
                ? Yaml.text(folder.resolve(patch.get("path").stringValue()))
                : patch.get("patch").stringValue();
        JsonNode change = Yaml.documents(text).getFirst();
        if (change.isArray()) {
            targets.forEach(target -> change.forEach(operation -> JsonPatch.apply(target, operation)));
        } else if (change.path("$patch").asString("").equals("delete")) {
            objects.removeAll(targets);
        } else {
            throw new AssertionError(folder + ": strategic merges are not read by the tests: " + change);
        }
    }

    private static boolean isMeant(ObjectNode object, JsonNode target) {
        String apiVersion = object.get("apiVersion").stringValue();
        String group = apiVersion.contains("/") ? apiVersion.substring(0, apiVersion.indexOf('/')) : "";
        return target.path("group").asString(group).equals(group)
                && apiVersion.endsWith(target.path("version").asString(""))
                && target.path("kind").asString(kind(object)).equals(kind(object))
                && Pattern.matches(target.path("name").asString(".*"), name(object));
    }

    private static void rename(ObjectNode object, JsonNode image) {
        for (JsonNode container :
                object.path("spec").path("template").path("spec").path("containers")) {
            String current = container.get("image").stringValue();
            int tag = current.lastIndexOf(':');
            if (current.substring(0, tag).equals(image.get("name").stringValue())) {
                container
                        .asObject()
                        .put(
                                "image",
                                image.get("newName").stringValue() + ":"
                                        + image.get("newTag").stringValue());
            }
        }
    }

    private static void place(ObjectNode object, String namespace) {
        if (CLUSTER_KINDS.contains(kind(object))) {
            return;
        }
        object.withObject("/metadata").put("namespace", namespace);
        object.path("subjects").forEach(subject -> {
            if (subject.get("kind").stringValue().equals("ServiceAccount")) {
                subject.asObject().put("namespace", namespace);
            }
        });
    }

    static String kind(JsonNode object) {
        return object.get("kind").stringValue();
    }

    static String name(JsonNode object) {
        return object.get("metadata").get("name").stringValue();
    }
}
