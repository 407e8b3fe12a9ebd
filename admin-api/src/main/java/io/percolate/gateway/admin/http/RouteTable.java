package io.percolate.gateway.admin.http;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Finds the route of a request. */
final class RouteTable {
    private final List<Route> routes;

    RouteTable(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    record Match(Route route, Map<String, String> pathParameters) {}

    /** The route, or a {@code PATH_UNKNOWN} or {@code METHOD_NOT_ALLOWED} problem. */
    Match find(String method, String path) {
        TreeSet<String> allowed = new TreeSet<>();
        for (Route route : routes) {
            var parameters = route.match(path);
            if (parameters.isPresent()) {
                if (route.answers(method)) {
                    return new Match(route, parameters.get());
                }
                allowed.add(route.method());
                if (route.method().equals("GET")) {
                    allowed.add("HEAD");
                }
            }
        }
        if (allowed.isEmpty()) {
            throw Problem.of(ProblemKind.PATH_UNKNOWN, "nothing is served at this path; see /openapi.yaml")
                    .toException();
        }
        String methods = String.join(", ", allowed);
        throw Problem.of(ProblemKind.METHOD_NOT_ALLOWED, "this path takes " + methods)
                .withHeader("Allow", methods)
                .toException();
    }
}
