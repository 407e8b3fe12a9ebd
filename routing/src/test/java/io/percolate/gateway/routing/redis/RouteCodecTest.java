package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.redis.RouteCodec.Decoded;
import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RouteCodecTest {
    private static final TenantId TENANT = Tenants.fresh();
    private static final byte[] NAME = "a key".getBytes(StandardCharsets.UTF_8);

    @Test
    void aRouteComesBackAsItWas() {
        assertThat(RouteCodec.decode(RouteCodec.encode(Samples.hot(TENANT, 7), 9, 11)))
                .isEqualTo(new Decoded(Samples.hot(TENANT, 7), 9, 11));
        assertThat(RouteCodec.decode(RouteCodec.encode(Samples.cold(TENANT, Long.MAX_VALUE), 9, 11)))
                .isEqualTo(new Decoded(Samples.cold(TENANT, Long.MAX_VALUE), 9, 11));
    }

    @Test
    void whatIsCutOffOrAddedToIsNoRoute() {
        byte[] whole = RouteCodec.encode(Samples.hot(TENANT, 7), 9, 11);

        for (int length = 0; length < whole.length; length++) {
            assertThat(RouteCodec.decode(Arrays.copyOf(whole, length)))
                    .as("%s bytes", length)
                    .isNull();
        }
        assertThat(RouteCodec.decode(Arrays.copyOf(whole, whole.length + 1))).isNull();
        assertThat(RouteCodec.decode(new byte[RouteCodec.LENGTH_MAX + 1])).isNull();
        assertThat(RouteCodec.decode(RouteCodec.floor(7, 9))).isNull();
    }

    /** Without a seal in front of it: whatever the bytes, the answer is a route or null. */
    @Test
    void anyBytesAreReadWithoutAFault() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = RouteCodec.encode(Samples.hot(TENANT, 7), 9, 11);

        for (int i = 0; i < 20_000; i++) {
            byte[] changed = whole.clone();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            Decoded decoded = RouteCodec.decode(changed);
            if (decoded != null) {
                assertThat(RouteCodec.encode(decoded.route(), decoded.history(), decoded.loadedMillis()))
                        .as("seed %s", seed)
                        .isEqualTo(changed);
            }
        }
    }

    @Test
    void aSealFitsOneNameOneValueAndOneSecret() {
        Seal seal = new Seal(new Secret("s".repeat(32)));
        byte[] value = RouteCodec.encode(Samples.hot(TENANT, 7), 9, 11);
        byte[] envelope = seal.seal(NAME, value);

        assertThat(seal.open(NAME, envelope)).isEqualTo(value);
        assertThat(seal.open("another key".getBytes(StandardCharsets.UTF_8), envelope))
                .isNull();
        assertThat(new Seal(new Secret("t".repeat(32))).open(NAME, envelope)).isNull();
        for (int i = 0; i < envelope.length; i++) {
            byte[] changed = envelope.clone();
            changed[i] ^= 1;
            assertThat(seal.open(NAME, changed)).isNull();
        }
        assertThat(seal.open(NAME, new byte[Seal.LENGTH - 1])).isNull();
    }

    /** Gateways of two builds read each other's values; who changes this changes the format's number. */
    @Test
    void thePlacesOfChoicesStay() {
        assertThat(Tier.values()).containsExactly(Tier.A, Tier.B, Tier.C);
        assertThat(TenantStatus.values())
                .containsExactly(TenantStatus.ACTIVE, TenantStatus.SUSPENDED, TenantStatus.DELETED);
        assertThat(SecurityMode.values()).containsExactly(SecurityMode.NODE_BASED, SecurityMode.MOBILE_ONLY);
        assertThat(Residency.values())
                .containsExactly(Residency.HOT, Residency.WARM, Residency.COLD, Residency.ARCHIVED, Residency.MOVING);
    }
}
