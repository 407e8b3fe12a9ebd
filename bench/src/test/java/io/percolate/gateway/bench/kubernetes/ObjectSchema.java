package io.percolate.gateway.bench.kubernetes;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Which fields an object may have, and of what type. Of Kubernetes' own kinds by the classes of fabric8's model, which are
 * made from Kubernetes' API; of custom kinds by {@code kubernetes/custom-resources.yaml}, which has the part that is used.
 */
final class ObjectSchema {
    private static final Map<String, Class<?>> KINDS = Map.ofEntries(
            Map.entry("v1/Namespace", Namespace.class),
            Map.entry("v1/ServiceAccount", ServiceAccount.class),
            Map.entry("v1/ConfigMap", ConfigMap.class),
            Map.entry("v1/Secret", Secret.class),
            Map.entry("v1/Service", Service.class),
            Map.entry("v1/LimitRange", LimitRange.class),
            Map.entry("v1/ResourceQuota", ResourceQuota.class),
            Map.entry("apps/v1/Deployment", Deployment.class),
            Map.entry("apps/v1/StatefulSet", StatefulSet.class),
            Map.entry("batch/v1/Job", Job.class),
            Map.entry("autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
            Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
            Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
            Map.entry("rbac.authorization.k8s.io/v1/Role", Role.class),
            Map.entry("rbac.authorization.k8s.io/v1/RoleBinding", RoleBinding.class),
            Map.entry("scheduling.k8s.io/v1/PriorityClass", PriorityClass.class));
    private static final Map<String, Type> NAMED = Map.of("meta", ObjectMeta.class, "selector", LabelSelector.class);
    private static final Map<Class<?>, Map<String, Type>> FIELDS = new HashMap<>();

    private final JsonNode custom;

    /** @param custom the fields of custom kinds, by API version and kind */
    ObjectSchema(JsonNode custom) {
        this.custom = custom;
    }

    /** What is wrong with an object; nothing where it is well-formed. */
    List<String> problems(JsonNode object) {
        String kind = object.path("apiVersion").asString("") + "/"
                + object.path("kind").asString("");
        List<String> problems = new ArrayList<>();
        Class<?> known = KINDS.get(kind);
        if (known != null) {
            check(object, known, kind, problems);
        } else if (custom.has(kind)) {
            check(object, custom.get(kind), kind, problems);
        } else {
            problems.add(kind + " is not a known kind");
        }
        return problems;
    }

    private void check(JsonNode node, JsonNode shape, String path, List<String> problems) {
        if (shape.isArray()) {
            if (!node.isArray()) {
                problems.add(path + ": expected a list, got " + node);
            }
            node.forEach(item -> check(item, shape.get(0), path + "[]", problems));
        } else if (shape.isObject()) {
            if (!node.isObject()) {
                problems.add(path + ": expected an object, got " + node);
            }
            for (String field : node.propertyNames()) {
                if (!shape.has(field)) {
                    problems.add(path + "." + field + " is not a known field");
                } else {
                    check(node.get(field), shape.get(field), path + "." + field, problems);
                }
            }
        } else {
            checkNamed(node, shape.stringValue(), path, problems);
        }
    }

    private static void checkNamed(JsonNode node, String type, String path, List<String> problems) {
        boolean fits = switch (type) {
            case "string" -> node.isString();
            case "boolean" -> node.isBoolean();
            case "number" -> node.isIntegralNumber();
            case "strings" -> node.isObject() && node.valueStream().allMatch(JsonNode::isString);
            default -> {
                check(node, java.util.Objects.requireNonNull(NAMED.get(type), type), path, problems);
                yield true;
            }
        };
        if (!fits) {
            problems.add(path + ": expected " + type + ", got " + node);
        }
    }

    private static void check(JsonNode node, Type type, String path, List<String> problems) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            if (generic.getRawType() == List.class) {
                expect(node.isArray(), "a list", node, path, problems);
                node.forEach(item -> check(item, arguments[0], path + "[]", problems));
            } else {
                expect(node.isObject(), "an object", node, path, problems);
                node.forEachEntry((key, value) -> check(value, arguments[1], path + "." + key, problems));
            }
            return;
        }
        Class<?> plain = (Class<?>) type;
        if (plain == String.class) {
            expect(node.isString(), "a string", node, path, problems);
        } else if (plain == Integer.class || plain == Long.class) {
            expect(node.isIntegralNumber(), "a whole number", node, path, problems);
        } else if (plain == Boolean.class) {
            expect(node.isBoolean(), "true or false", node, path, problems);
        } else if (plain == IntOrString.class) {
            expect(node.isString() || node.isIntegralNumber(), "a number or a string", node, path, problems);
        } else if (plain == Quantity.class) {
            expect(isQuantity(node), "a quantity", node, path, problems);
        } else {
            expect(node.isObject(), "an object", node, path, problems);
            Map<String, Type> fields = fields(plain);
            node.forEachEntry((name, value) -> {
                Type field = fields.get(name);
                if (field == null) {
                    problems.add(path + "." + name + " is not a known field");
                } else {
                    check(value, field, path + "." + name, problems);
                }
            });
        }
    }

    private static boolean isQuantity(JsonNode node) {
        return node.isNumber()
                || (node.isString() && node.stringValue().matches("[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?"));
    }

    private static void expect(boolean fits, String what, JsonNode got, String path, List<String> problems) {
        if (!fits) {
            problems.add(path + ": expected " + what + ", got " + got);
        }
    }

    private static Map<String, Type> fields(Class<?> bean) {
        return FIELDS.computeIfAbsent(bean, type -> {
            Map<String, Type> fields = new HashMap<>();
            for (@Nullable Class<?> each = type; each != null; each = each.getSuperclass()) {
                for (Field field : each.getDeclaredFields()) {
                    JsonProperty property = field.getAnnotation(JsonProperty.class);
                    if (property != null) {
                        fields.put(property.value(), field.getGenericType());
                    }
                }
            }
            if (fields.isEmpty()) {
                throw new AssertionError(type + " has no fields: how it is written is not known to the tests");
            }
            return fields;
        });
    }
}
