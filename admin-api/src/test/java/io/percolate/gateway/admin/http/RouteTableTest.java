package io.percolate.gateway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class RouteTableTest {
    private static final Handler HANDLER = call -> Mono.just(Reply.noContent());

    private final RouteTable table = new RouteTable(List.of(
            Route.get("/v1/things", HANDLER),
            Route.get("/v1/things/{id}", HANDLER),
            Route.act("/v1/things/{id}/go", HANDLER)));

    @Test
    void findsARouteAndTheNamesInItsPath() {
        RouteTable.Match match = table.find("POST", "/v1/things/42/go");

        assertThat(match.route().template()).isEqualTo("/v1/things/{id}/go");
        assertThat(match.pathParameters()).containsEntry("id", "42");
    }

    @Test
    void tellsUnknownPathsFromUnknownMethods() {
        assertThatThrownBy(() -> table.find("GET", "/v1/thing"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().kind()).isEqualTo(ProblemKind.PATH_UNKNOWN));
        assertThatThrownBy(() -> table.find("DELETE", "/v1/things"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        refused -> assertThat(refused.problem().headers()).containsEntry("Allow", "GET, HEAD"));
    }
}
