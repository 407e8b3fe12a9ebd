package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.limit.TenantLimiter;
import io.percolate.gateway.routing.placement.Placements;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.TokenVerifier;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a token is explained by.
 *
 * @param keys how the keys of each issuer stand
 * @param limits what bounds requests of a tier, by name
 * @param tenants what bounds those of a tenant; null where nothing does
 */
public record ExplainSubjects(
        TokenVerifier tokens,
        Supplier<List<KeyRingStatus>> keys,
        Function<Tier, SortedMap<String, Long>> limits,
        @Nullable TenantLimiter tenants,
        Placements placements) {

    /** All tenants are assigned to pods. */
    public ExplainSubjects(
            TokenVerifier tokens,
            Supplier<List<KeyRingStatus>> keys,
            Function<Tier, SortedMap<String, Long>> limits,
            @Nullable TenantLimiter tenants) {
        this(tokens, keys, limits, tenants, Placements.ASSIGNED);
    }
}
