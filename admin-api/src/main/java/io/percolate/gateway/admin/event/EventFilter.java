package io.percolate.gateway.admin.event;

import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Query;
import io.percolate.gateway.admin.http.ServerSentEvent;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a subscriber wants to hear of.
 *
 * @param types names of events, or beginnings of names that end with a dot; empty for all
 * @param tenant events about others, or about no tenant, are left out
 * @param migration the same
 */
record EventFilter(
        List<String> types,
        @Nullable String tenant,
        @Nullable String migration) implements Predicate<ServerSentEvent> {
    private static final int TYPES_LENGTH_MAX = 400;
    private static final int ID_LENGTH = 36;

    static EventFilter read(Query query) {
        List<String> types = query.text("types", TYPES_LENGTH_MAX)
                .map(text -> List.of(text.split(",")))
                .orElse(List.of());
        types.stream()
                .filter(type -> !type.matches("[a-z_]+\\.[a-z_]*"))
                .forEach(type ->
                        query.error("types", "expected names as migration.job, or migration. for all of a kind"));
        return new EventFilter(
                types,
                query.tenant("tenant").map(Object::toString).orElse(null),
                query.text("migration", ID_LENGTH).orElse(null));
    }

    @Override
    public boolean test(ServerSentEvent event) {
        return switch (event) {
            case ServerSentEvent.Comment _ -> true;
            case ServerSentEvent.Named(String name, Object data) -> isWanted(name) && isAbout(data);
        };
    }

    private boolean isWanted(String name) {
        return types.isEmpty()
                || types.stream().anyMatch(type -> type.endsWith(".") ? name.startsWith(type) : name.equals(type));
    }

    private boolean isAbout(Object data) {
        if (tenant == null && migration == null) {
            return true;
        }
        JsonNode json = data instanceof JsonNode node ? node : Json.objectOf(data);
        return has(json, "tenant", tenant) && has(json, "migration", migration);
    }

    private static boolean has(JsonNode json, String name, @Nullable String wanted) {
        return Optional.ofNullable(wanted)
                .map(value -> json.path(name).stringValue("").equals(value))
                .orElse(true);
    }
}
