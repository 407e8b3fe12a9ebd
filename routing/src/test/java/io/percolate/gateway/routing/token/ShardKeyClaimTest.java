package io.percolate.gateway.routing.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardKeyClaimTest {
    private static final IssuerConfig ISSUER = Forge.issuer("default", Forge.ISSUER, Forge.noKeys());

    @Test
    void theClaimIsReadOnlyWhereItIsConfigured() {
        assertThat(rules("cell").check(claims("eu-7"), 0).shardKey()).isEqualTo("eu-7");
        assertThat(rules("").check(claims("eu-7"), 0).shardKey()).isEmpty();
        assertThat(rules("other").check(claims("eu-7"), 0).shardKey()).isEmpty();
        assertThatThrownBy(() -> rules("cell").check(claims(7), 0)).isInstanceOf(FailureException.class);
    }

    private static ClaimRules rules(String claim) {
        return new ClaimRules(
                ISSUER,
                new TokenConfig(
                        List.of(ISSUER),
                        SignatureProvider.Choice.JDK,
                        Duration.ofSeconds(30),
                        false,
                        Duration.ZERO,
                        TokenTypes.DEFAULT,
                        8 << 10,
                        1_000,
                        1_000,
                        1 << 20,
                        claim));
    }

    private static Map<String, Object> claims(Object cell) {
        return new HashMap<>(Map.of(
                "iss",
                Forge.ISSUER,
                "aud",
                Forge.AUDIENCE,
                "tenant_id",
                "6f1c9a52-3d0e-4a55-9c1b-7a1d2e3f4a5b",
                "cell",
                cell));
    }
}
