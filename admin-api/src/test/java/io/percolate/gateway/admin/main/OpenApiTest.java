package io.percolate.gateway.admin.main;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.admin.http.ProblemKind;
import io.percolate.gateway.admin.http.Route;
import io.percolate.gateway.admin.testing.Answer;
import io.percolate.gateway.admin.testing.ApiDocument;
import io.percolate.gateway.admin.testing.RunningManagement;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class OpenApiTest {
    private static RunningManagement management;

    private final ApiDocument document = ApiDocument.read();

    @BeforeAll
    static void start() {
        management = RunningManagement.start();
    }

    @AfterAll
    static void stop() {
        management.close();
    }

    @Test
    void documentsEveryRouteAndNothingElse() {
        Set<String> served = management.routes().stream()
                .map(route -> route.method() + " " + route.template())
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(document.operations()).isEqualTo(served);
    }

    @Test
    void saysOfEachOperationWhetherItNeedsATokenAndWhichBodiesItTakes() {
        for (Route route : management.routes()) {
            JsonNode operation = document.root()
                    .get("paths")
                    .get(route.template())
                    .get(route.method().toLowerCase(java.util.Locale.ROOT));
            assertThat(operation.has("security")).as(route.template()).isEqualTo(route.scope() == null);
            assertThat(operation.path("requestBody").path("content").propertyNames())
                    .as(route.template())
                    .containsExactlyInAnyOrderElementsOf(route.mediaTypes());
        }
    }

    @Test
    void isServedByTheProcessItself() {
        Answer answer = management.api().get("/openapi.yaml");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/yaml");
        assertThat(answer.text()).startsWith("openapi: 3.1.0").isEqualTo(OpenApiResource.read());
    }

    @Test
    void resolvesEveryReference() {
        assertThat(references(document.root()))
                .isNotEmpty()
                .allSatisfy(reference -> assertThat(
                                document.root().at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    @Test
    void documentsTheStatusOfEveryProblemThatARouteCanAnswer() {
        Set<Integer> documented = new TreeSet<>();
        document.root()
                .get("paths")
                .forEach(path -> path.forEach(operation -> operation
                        .path("responses")
                        .propertyNames()
                        .forEach(status -> documented.add(Integer.parseInt(status)))));

        // Those that are answered before a route is found stand in the introduction alone.
        Set<Integer> beforeRouting = Set.of(405, 414, 421, 431);
        for (ProblemKind kind : ProblemKind.values()) {
            assertThat(documented.contains(kind.status()) || beforeRouting.contains(kind.status()))
                    .as(kind.name())
                    .isTrue();
        }
    }

    private static Set<String> references(JsonNode node) {
        Set<String> references = new TreeSet<>();
        node.findValuesAsString("$ref").forEach(references::add);
        return references;
    }
}
