package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * What a flush is asked to drop: {@code {"tenant": id}}, {@code {"tier": "A"}} or {@code {"all": true}}, each with
 * optional {@code "caches": ["routes", "tokens", "context"]}; the same words as in the management API.
 */
record FlushRequest(FlushScope scope, Set<CacheName> caches) {
    private static final Set<String> FIELDS = Set.of("tenant", "tier", "all", "caches");
    private static final String EXPECTED =
            "expected a JSON object with exactly one of \"tenant\", \"tier\" and \"all\", and optional \"caches\"";

    /** Reads a body; throws {@link OpsRefusal} with 400 that says what was expected and what came. */
    static FlushRequest parse(byte[] body) {
        JsonNode root;
        try {
            root = OpsAnswer.JSON.readTree(body);
        } catch (JacksonException invalid) {
            throw refused(EXPECTED + ", got no valid JSON: " + invalid.getOriginalMessage());
        }
        if (root == null || !root.isObject()) {
            throw refused(EXPECTED);
        }
        Collection<String> names = root.propertyNames();
        names.stream().filter(name -> !FIELDS.contains(name)).findFirst().ifPresent(unknown -> {
            throw refused(EXPECTED + ", got \"" + unknown + "\"");
        });
        List<FlushScope> scopes = Stream.of(tenant(root.get("tenant")), tier(root.get("tier")), all(root.get("all")))
                .flatMap(scope -> Stream.ofNullable(scope))
                .toList();
        if (scopes.size() != 1) {
            throw refused(EXPECTED + ", got " + scopes.size() + " of them");
        }
        return new FlushRequest(scopes.getFirst(), caches(root.get("caches")));
    }

    private static @Nullable FlushScope tenant(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        return TenantId.parse(text(value))
                .map(FlushScope.OneTenant::new)
                .orElseThrow(() -> refused("\"tenant\": expected a UUID, got " + value));
    }

    private static @Nullable FlushScope tier(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        return Stream.of(Tier.values())
                .filter(tier -> tier.name().equals(text(value)))
                .findFirst()
                .map(FlushScope.OneTier::new)
                .orElseThrow(() -> refused("\"tier\": expected \"A\", \"B\" or \"C\", got " + value));
    }

    private static @Nullable FlushScope all(@Nullable JsonNode value) {
        if (value == null) {
            return null;
        }
        if (!value.isBoolean() || !value.booleanValue()) {
            throw refused("\"all\": expected true, got " + value);
        }
        return new FlushScope.All();
    }

    private static Set<CacheName> caches(@Nullable JsonNode value) {
        if (value == null) {
            return EnumSet.allOf(CacheName.class);
        }
        if (!value.isArray() || value.isEmpty()) {
            throw refused("\"caches\": expected a list of \"routes\", \"tokens\" and \"context\", got " + value);
        }
        Set<CacheName> caches = EnumSet.noneOf(CacheName.class);
        for (JsonNode name : value) {
            caches.add(Stream.of(CacheName.values())
                    .filter(cache -> cache.name().toLowerCase(Locale.ROOT).equals(text(name)))
                    .findFirst()
                    .orElseThrow(
                            () -> refused("\"caches\": expected \"routes\", \"tokens\" or \"context\", got " + name)));
        }
        return caches;
    }

    private static String text(JsonNode value) {
        return value.isString() ? value.stringValue() : "";
    }

    private static OpsRefusal refused(String detail) {
        return new OpsRefusal(400, detail);
    }
}
