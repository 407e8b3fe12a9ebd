package io.percolate.gateway.proxy.engine.http1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.AsciiString;
import io.percolate.gateway.routing.config.ConfigException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TenantHeadersTest {
    private static final String EVERYTHING = "X-Tenant-Plan=tier, X-Tenant-Status=status, X-Tenant-Schema=schema,"
            + " X-Tenant-Shard=shard, X-Tenant-Region=region, X-Tenant-Mode=security-mode,"
            + " X-Placement-Fence=placement-epoch, X-Placement-Pod=placement-pod,"
            + " X-Tenant-Rps=requests-per-second, X-Tenant-Burst=burst, X-Tenant-Parallel=concurrent-requests,"
            + " X-Tenant-Body=body-bytes-max, X-Tenant-Bandwidth=bandwidth-bytes-per-second,"
            + " X-Tenant-Sockets=websockets-max, X-Tenant-Monthly=requests-per-month";

    @Test
    void writesWhatIsKnownInTheOrderOfTheConfiguration() {
        PlanLimits limits = new PlanLimits(1L, 2L, 3L, 4L, 5L, 6L, 7L);

        assertThat(text(headers(EVERYTHING), route("acme", "eu-3", limits))).isEqualTo("""
                        X-Tenant-Plan: B
                        X-Tenant-Status: active
                        X-Tenant-Schema: acme
                        X-Tenant-Shard: eu-3
                        X-Tenant-Region: default
                        X-Tenant-Mode: node_based
                        X-Placement-Fence: 42
                        X-Placement-Pod: b-0
                        X-Tenant-Rps: 1
                        X-Tenant-Burst: 2
                        X-Tenant-Parallel: 3
                        X-Tenant-Body: 4
                        X-Tenant-Bandwidth: 5
                        X-Tenant-Sockets: 6
                        X-Tenant-Monthly: 7
                        """.replace("\n", "\r\n"));
    }

    @Test
    void leavesOutWhatTheTenantDoesNotHave() {
        assertThat(text(
                        headers("X-Tenant-Schema=schema,X-Tenant-Rps=requests-per-second,X-Tenant-Region=region"),
                        route(null, null, PlanLimits.NONE)))
                .isEqualTo("X-Tenant-Region: default\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: 1", "a\nb", "a\u0000", "\u00e4", " a", "a ", ""})
    void dropsAValueThatCannotBeSentAndCountsIt(String schema) {
        TenantHeaders headers = headers("X-Tenant-Schema=schema,X-Tenant-Region=region");

        assertThat(text(headers, route(schema, null, PlanLimits.NONE))).isEqualTo("X-Tenant-Region: default\r\n");
        assertThat(headers.dropped()).isEqualTo(1);
    }

    @Test
    void makesTheBytesOfARouteOnceAndOfANewerRouteAnew() {
        TenantHeaders headers = headers("X-Tenant-Schema=schema");
        TenantRoute route = route("old", null, PlanLimits.NONE);
        FixedFields first = headers.fields(route);

        assertThat((Object) headers.fields(route)).isSameAs(first);
        assertThat(text(headers, route("new", null, PlanLimits.NONE))).isEqualTo("X-Tenant-Schema: new\r\n");
    }

    @Test
    void costsNothingWhenNotConfigured() {
        TenantHeaders none = TenantHeaders.read(new ConfigReader(ConfigSource.of(Map.of())));

        assertThat(none).isSameAs(TenantHeaders.NONE);
        assertThat((Object) none.fields(route("a", null, PlanLimits.NONE))).isSameAs(FixedFields.NONE);
    }

    /** Whatever name is configured, no client can send it: the rules of the head say so, and those of trailers. */
    @ParameterizedTest
    @ValueSource(strings = {"X-Tenant-Schema", "x-tenant-rps", "X_Tenant_Schema", "x-placement-pod", "X-Placement_Pod"})
    void noClientSendsSuchAField(String name) {
        assertThat(HeaderRules.requestField(new AsciiString(name))).isEqualTo(HeaderRules.RequestField.DROPPED);
        assertThat(HeaderRules.passesInTrailers(new AsciiString(name))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Tenant-Schema",
                "X-Tenant-Schema=scheme",
                "Schema=schema",
                "Host=schema",
                "X-Tenant-=schema",
                "X-Tenant-a b=schema",
                "X-Tenant-a\r\nb=schema",
                "X-Tenant_Schema=schema",
                "X-Tenant-Id=schema",
                "x-tenant-TIER=tier",
                "X-Placement-Epoch=placement-epoch",
                "X-Tenant-A=schema,x-tenant-a=shard",
            })
    void refusesNamesAndAttributesThatItCannotVouchFor(String fields) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(TenantHeaders.KEY, fields)));
        TenantHeaders.read(reader);

        assertThatThrownBy(reader::finish).isInstanceOf(ConfigException.class).hasMessageContaining(TenantHeaders.KEY);
    }

    private static String text(TenantHeaders headers, TenantRoute route) {
        return headers.fields(route).toString();
    }

    private static TenantHeaders headers(String fields) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(TenantHeaders.KEY, fields)));
        TenantHeaders headers = TenantHeaders.read(reader);
        reader.finish();
        return headers;
    }

    private static TenantRoute route(@Nullable String schema, @Nullable String shard, PlanLimits limits) {
        return new TenantRoute(
                new TenantId(new UUID(1, 2)),
                Tier.B,
                TenantStatus.ACTIVE,
                SecurityMode.NODE_BASED,
                Residency.HOT,
                new Placement(new PodId("b-0"), Tier.B, new PodAddress("10.0.0.1", 8000), 42),
                42,
                "default",
                schema,
                shard,
                7,
                limits);
    }
}
