package io.percolate.gateway.admin.http;

import io.percolate.gateway.admin.auth.Scope;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One operation of the API.
 *
 * @param template the path, with {@code {name}} for a segment that varies
 * @param scope what the caller's token must allow; null for routes that are open to all
 * @param mediaTypes what its body may be; empty when it takes none
 * @param deadline null for the API's own; zero for streams, which have none
 */
public record Route(
        String method,
        String template,
        @Nullable Scope scope,
        List<String> mediaTypes,
        @Nullable Duration deadline,
        Handler handler) {
    private static final List<String> JSON = List.of("application/json");
    private static final List<String> MERGE_PATCH = List.of("application/merge-patch+json", "application/json");

    public static Route open(String template, Handler handler) {
        return new Route("GET", template, null, List.of(), null, handler);
    }

    public static Route get(String template, Handler handler) {
        return new Route("GET", template, Scope.READ, List.of(), null, handler);
    }

    /** A POST with a JSON body. */
    public static Route post(String template, Handler handler) {
        return new Route("POST", template, Scope.WRITE, JSON, null, handler);
    }

    /** A POST without a body: the path says it all. */
    public static Route act(String template, Handler handler) {
        return new Route("POST", template, Scope.WRITE, List.of(), null, handler);
    }

    /** A PUT with a JSON body. */
    public static Route put(String template, Handler handler) {
        return new Route("PUT", template, Scope.WRITE, JSON, null, handler);
    }

    public static Route patch(String template, Handler handler) {
        return new Route("PATCH", template, Scope.WRITE, MERGE_PATCH, null, handler);
    }

    public static Route delete(String template, Handler handler) {
        return new Route("DELETE", template, Scope.WRITE, List.of(), null, handler);
    }

    public Route within(Duration otherDeadline) {
        return new Route(method, template, scope, mediaTypes, otherDeadline, handler);
    }

    public Route stream() {
        return within(Duration.ZERO);
    }

    /** Whether the method is this route's; a HEAD is answered like a GET, without the body. */
    boolean answers(String wanted) {
        return method.equals(wanted) || (method.equals("GET") && wanted.equals("HEAD"));
    }

    /** The path's values for the template's names, when the path is of this shape. */
    Optional<Map<String, String>> match(String path) {
        String[] wanted = template.split("/", -1);
        String[] given = path.split("/", -1);
        if (wanted.length != given.length) {
            return Optional.empty();
        }
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < wanted.length; i++) {
            if (wanted[i].startsWith("{")) {
                if (given[i].isEmpty()) {
                    return Optional.empty();
                }
                values.put(wanted[i].substring(1, wanted[i].length() - 1), given[i]);
            } else if (!wanted[i].equals(given[i])) {
                return Optional.empty();
            }
        }
        return Optional.of(values);
    }
}
