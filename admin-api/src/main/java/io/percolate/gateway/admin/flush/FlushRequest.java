package io.percolate.gateway.admin.flush;

import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.http.Label;
import io.percolate.gateway.routing.invalidation.CacheName;
import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What to flush: exactly one of {@code tenant}, {@code tier} and {@code all}, and which caches, by default each. */
record FlushRequest(FlushScope scope, Set<CacheName> caches) {
    private static final int CACHE_LENGTH_MAX = 20;
    private static final int TENANT_LENGTH_MAX = 36;

    static FlushRequest read(ObjectNode body) {
        Fields fields = new Fields(body);
        List<FlushScope> scopes = new ArrayList<>();
        fields.text("tenant", TENANT_LENGTH_MAX).ifPresent(text -> {
            Optional<TenantId> tenant = TenantId.parse(text);
            tenant.map(FlushScope.OneTenant::new).ifPresent(scopes::add);
            if (tenant.isEmpty()) {
                fields.error("tenant", "expected a tenant id (UUID)");
            }
        });
        fields.choice("tier", Tier.class).map(FlushScope.OneTier::new).ifPresent(scopes::add);
        fields.flag("all").ifPresent(all -> {
            if (all) {
                scopes.add(new FlushScope.All());
            } else {
                fields.error("all", "can only be true");
            }
        });
        Set<CacheName> caches = EnumSet.noneOf(CacheName.class);
        fields.texts("caches", CacheName.values().length, CACHE_LENGTH_MAX)
                .ifPresentOrElse(
                        names -> names.forEach(name -> Label.parse(CacheName.class, name)
                                .ifPresentOrElse(
                                        caches::add,
                                        () -> fields.error(
                                                "caches", "expected routes, tokens or context, got " + name))),
                        () -> caches.addAll(EnumSet.allOf(CacheName.class)));
        long named = List.of("tenant", "tier", "all").stream().filter(body::has).count();
        if (named != 1) {
            fields.error("tenant", "expected exactly one of tenant, tier and all, got " + named);
        }
        fields.finish();
        return new FlushRequest(scopes.getFirst(), caches);
    }

    ObjectNode metadata() {
        ObjectNode metadata = Json.newObject();
        switch (scope) {
            case FlushScope.OneTenant(TenantId tenant) -> metadata.put("tenant", tenant.toString());
            case FlushScope.OneTier(Tier tier) -> metadata.put("tier", Label.of(tier));
            case FlushScope.All() -> metadata.put("all", true);
        }
        ArrayNode names = metadata.putArray("caches");
        caches.forEach(cache -> names.add(Label.of(cache)));
        return metadata;
    }
}
