package io.percolate.gateway.routing.fleet;

import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A row of {@code cache_flushes}, or the message that tells of it: {@code <id> <scope> <subject or -> <cache,...>}. */
record Flush(long id, FlushScope scope, Set<CacheName> caches) {
    static final String COLUMNS = "id, scope, subject, caches";
    private static final int MESSAGE_PARTS = 4;

    static Flush of(Readable row) {
        return new Flush(
                Objects.requireNonNull(row.get("id", Long.class)),
                scope(Objects.requireNonNull(row.get("scope", String.class)), row.get("subject", String.class)),
                caches(Objects.requireNonNull(row.get("caches", String[].class))));
    }

    static Flush parse(String message) {
        String[] parts = message.split(" ", -1);
        if (parts.length != MESSAGE_PARTS) {
            throw new IllegalArgumentException("expected '<id> <scope> <subject> <caches>'");
        }
        return new Flush(Long.parseLong(parts[0]), scope(parts[1], parts[2]), caches(parts[3].split(",")));
    }

    static String kind(FlushScope scope) {
        return switch (scope) {
            case FlushScope.OneTenant tenant -> "tenant";
            case FlushScope.OneTier tier -> "tier";
            case FlushScope.All all -> "all";
        };
    }

    static @Nullable String subject(FlushScope scope) {
        return switch (scope) {
            case FlushScope.OneTenant tenant -> tenant.tenant().toString();
            case FlushScope.OneTier tier -> tier.tier().name();
            case FlushScope.All all -> null;
        };
    }

    static String text(CacheName cache) {
        return cache.name().toLowerCase(Locale.ROOT);
    }

    /** A newer management process may name caches that this build does not have. */
    private static Set<CacheName> caches(String... names) {
        return Arrays.stream(names)
                .flatMap(name -> Arrays.stream(CacheName.values())
                        .filter(known -> text(known).equals(name)))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(CacheName.class)));
    }

    private static FlushScope scope(String kind, @Nullable String subject) {
        return switch (kind) {
            case "tenant" -> new FlushScope.OneTenant(TenantId.of(Objects.requireNonNull(subject)));
            case "tier" -> new FlushScope.OneTier(Tier.valueOf(Objects.requireNonNull(subject)));
            case "all" -> new FlushScope.All();
            default -> throw new IllegalArgumentException("expected the scope tenant, tier or all, got '" + kind + "'");
        };
    }
}
