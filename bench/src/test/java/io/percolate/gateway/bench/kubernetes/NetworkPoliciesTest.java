package io.percolate.gateway.bench.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Who may reach whom, by the policies' own rules. */
class NetworkPoliciesTest {
    private static final Map<String, String> HERE = Map.of("kubernetes.io/metadata.name", "percolate");
    private static final Set<String> TIERS = Set.of("percolate-tier-a", "percolate-tier-b", "percolate-tier-c");

    @ParameterizedTest
    @ValueSource(
            strings = {"overlays/kind", "overlays/production", "gitops/tenant/a", "gitops/tenant/b", "gitops/tenant/c"})
    void everyPodIsDeniedAllThatIsNotAllowed(String entry) {
        assertThat(Tree.workloads(entry)).isNotEmpty();
        for (ObjectNode workload : Tree.workloads(entry)) {
            for (String direction : List.of("Ingress", "Egress")) {
                assertThat(policies(entry, workload, direction))
                        .as("%s of %s", direction, Kustomization.name(workload))
                        .isNotEmpty()
                        .anyMatch(policy -> !policy.get("spec").has(direction.toLowerCase(java.util.Locale.ROOT)));
            }
        }
    }

    @Test
    void theEdgeReachesTiersAndNothingElseReachesThemButManagementAndEachOther() {
        for (String entry : List.of("overlays/kind", "overlays/production")) {
            for (ObjectNode tier : Tree.workloads(entry)) {
                if (TIERS.contains(Kustomization.name(tier))) {
                    Set<String> reaching = new TreeSet<>(TIERS);
                    reaching.addAll(Set.of("percolate-gateway", "percolate-management"));
                    assertThat(reaching(entry, tier, 8000)).isEqualTo(reaching);
                }
            }
        }
    }

    @Test
    void managementAndGatewayAreApart() {
        for (String entry : List.of("overlays/kind", "overlays/production")) {
            ObjectNode gateway = Tree.object(entry, "Deployment", "percolate-gateway");
            ObjectNode management = Tree.object(entry, "Deployment", "percolate-management");

            assertThat(reaching(entry, management, 8090)).isEmpty();
            assertThat(reaching(entry, gateway, 9090)).isEmpty();
            assertThat(reaching(entry, gateway, 8080)).isEmpty();
        }
    }

    @Test
    void inKindOnlyTheProcessesReachTheStores() {
        String entry = "overlays/kind";
        ObjectNode postgres = Tree.object(entry, "StatefulSet", "percolate-postgres");
        Set<String> processes = new TreeSet<>(TIERS);
        processes.addAll(Set.of("percolate-gateway", "percolate-management", "percolate-migration"));

        assertThat(reaching(entry, postgres, 5432)).isEqualTo(processes);
        assertThat(reaching(entry, postgres, 9000)).as("no port of its own").isEmpty();
    }

    @Test
    void nothingLeavesAProductionClusterForTheMetadataService() {
        for (ObjectNode policy : Tree.objects("overlays/production", "NetworkPolicy")) {
            for (JsonNode block : policy.findParents("ipBlock")) {
                if (block.at("/ipBlock/cidr").stringValue().equals("0.0.0.0/0")
                        && !Kustomization.name(policy).equals("management-to-kubernetes")) {
                    assertThat(block.get("ipBlock").get("except").valueStream().map(JsonNode::stringValue))
                            .contains("169.254.0.0/16");
                }
            }
        }
    }

    /** Who of the same namespace may open a connection to this port, by both sides' policies. */
    private static Set<String> reaching(String entry, ObjectNode to, int port) {
        Set<String> reaching = new TreeSet<>();
        for (ObjectNode from : Tree.workloads(entry)) {
            boolean leaves = policies(entry, from, "Egress").stream()
                    .anyMatch(policy -> policy.get("spec")
                            .path("egress")
                            .valueStream()
                            .anyMatch(rule -> allows(rule, "to", labels(to), to, port)));
            boolean enters = policies(entry, to, "Ingress").stream()
                    .anyMatch(policy -> policy.get("spec")
                            .path("ingress")
                            .valueStream()
                            .anyMatch(rule -> allows(rule, "from", labels(from), to, port)));
            if (leaves && enters) {
                reaching.add(Kustomization.name(from));
            }
        }
        return reaching;
    }

    private static boolean allows(JsonNode rule, String side, Map<String, String> peer, JsonNode to, int port) {
        boolean peers = !rule.has(side)
                || rule.get(side)
                        .valueStream()
                        .anyMatch(one -> !one.has("ipBlock")
                                && Selector.matches(one.path("podSelector"), peer)
                                && (!one.has("namespaceSelector")
                                        || Selector.matches(one.get("namespaceSelector"), HERE)));
        boolean ports = !rule.has("ports")
                || rule.get("ports").valueStream().anyMatch(one -> number(one.get("port"), to) == port);
        return peers && ports;
    }

    private static int number(JsonNode port, JsonNode to) {
        if (port.isIntegralNumber()) {
            return port.intValue();
        }
        return Tree.container(to)
                .path("ports")
                .valueStream()
                .filter(named -> named.get("name").equals(port))
                .mapToInt(named -> named.get("containerPort").intValue())
                .findFirst()
                .orElse(-1);
    }

    private static List<ObjectNode> policies(String entry, JsonNode workload, String direction) {
        return Tree.objects(entry, "NetworkPolicy").stream()
                .filter(policy -> Selector.matches(policy.get("spec").get("podSelector"), labels(workload)))
                .filter(policy -> policy.get("spec")
                        .get("policyTypes")
                        .valueStream()
                        .anyMatch(type -> type.stringValue().equals(direction)))
                .toList();
    }

    private static Map<String, String> labels(JsonNode workload) {
        return Tree.labels(Tree.pod(workload).get("metadata"));
    }
}
