package io.percolate.gateway.routing.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenCacheTest {
    private static final VerifiedToken VERIFIED = new VerifiedToken(
            Forge.TENANT, "", "", "", "", Forge.NOW.plusSeconds(60).toEpochMilli());
    private static final Failure REFUSED = Failure.of(FailureKind.TOKEN_SIGNATURE_INVALID, "no");

    private final VirtualTime time = new VirtualTime();
    private final TokenCache cache = new TokenCache(100, 1 << 20, new SimpleMeterRegistry(), Forge.clock(time));

    @Test
    void whatWasJudgedBeforeAFlushIsNotKeptAfterIt() {
        long epoch = cache.epoch();
        cache.flush(Forge.TENANT);

        cache.putVerified("token", VERIFIED, "key", epoch);
        cache.putRefused("other", REFUSED, epoch);

        assertThat(cache.verified("token")).isNull();
        assertThat(cache.refused("other")).isNull();
    }

    @Test
    void whatWasJudgedByKeysThatAreGoneIsNotKept() {
        long epoch = cache.epoch();
        cache.keysChanged(Set.of("key"));

        cache.putVerified("token", VERIFIED, "key", epoch);

        assertThat(cache.verified("token")).isNull();
    }

    @Test
    void changedKeysDropTheirTokensAndAllRefusals() {
        cache.putVerified("of a key that goes", VERIFIED, "gone", cache.epoch());
        cache.putVerified("of a key that stays", VERIFIED, "kept", cache.epoch());
        cache.putRefused("bad", REFUSED, cache.epoch());

        cache.keysChanged(Set.of("gone"));

        assertThat(cache.verified("of a key that goes")).isNull();
        assertThat(cache.verified("of a key that stays")).isSameAs(VERIFIED);
        assertThat(cache.refused("bad")).isNull();
    }

    @Test
    void whoeverKeepsAnEntryElsewhereCanTellThatItWasDropped() {
        cache.putVerified("token", VERIFIED, "key", cache.epoch());
        long kept = cache.epoch();
        assertThat(cache.verified("token")).isNotNull();
        assertThat(cache.epoch()).isEqualTo(kept);

        cache.flush(Forge.TENANT);
        assertThat(cache.epoch()).isNotEqualTo(kept);

        kept = cache.epoch();
        cache.keysChanged(Set.of("key"));
        assertThat(cache.epoch()).isNotEqualTo(kept);

        kept = cache.epoch();
        cache.flushAll();
        assertThat(cache.epoch()).isNotEqualTo(kept);
    }

    @Test
    void theNumberOfTokensIsBounded() {
        for (int i = 0; i < 1_000; i++) {
            cache.putVerified("token " + i, VERIFIED, "key", cache.epoch());
        }

        assertThat(cache.flushAll()).isBetween(1L, 100L);
    }

    @Test
    void theBytesOfTokensAreBounded() {
        String big = "x".repeat(8_000);
        TokenCache small = new TokenCache(1_000_000, 100_000, new SimpleMeterRegistry(), Forge.clock(time));
        for (int i = 0; i < 1_000; i++) {
            small.putVerified(big + i, VERIFIED, "key", small.epoch());
        }

        assertThat(small.flushAll()).isBetween(1L, 100_000L / big.length());
    }

    @Test
    void expiredTokensLeaveByThemselves() {
        cache.putVerified("token", VERIFIED, "key", cache.epoch());

        time.advanceTimeBy(Duration.ofSeconds(60));

        assertThat(cache.verified("token")).isNull();
        assertThat(cache.flushAll()).isZero();
    }

    @Test
    void aLookUpIsExact() {
        // "Aa" and "BB" have the same hash code.
        cache.putVerified("Aa", VERIFIED, "key", cache.epoch());

        assertThat(cache.verified("BB")).isNull();
    }
}
