package io.percolate.gateway.routing.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.percolate.gateway.fixtures.RedisFixture;
import io.percolate.gateway.routing.token.keys.SharedKeySets;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RedisKeySetsTest {
    private static final Duration HOUR = Duration.ofHours(1);

    private final String prefix = "keys-" + UUID.randomUUID();

    @Test
    void aGatewayThatStartsTakesTheKeysThatAnotherHasFetched() {
        try (RedisNode node = RedisNode.start(RedisFixture.shared(), prefix)) {
            RedisKeySets keys = new RedisKeySets(node.link, node.config, Clock.systemUTC());
            assertThat(find(keys, "https://a", HOUR)).isEmpty();
            keys.offer("https://a", "{\"keys\":[]}");
            assertThat(find(keys, "https://a", HOUR)).hasValue("{\"keys\":[]}");

            // Not connected yet when it asks.
            try (RedisNode starting = RedisNode.begin(RedisFixture.shared(), prefix, Clock.systemUTC())) {
                RedisKeySets others = new RedisKeySets(starting.link, starting.config, Clock.systemUTC());
                assertThat(find(others, "https://a", HOUR)).hasValue("{\"keys\":[]}");
                assertThat(find(others, "https://b", HOUR)).isEmpty();
                assertThat(find(others, "https://a", Duration.ofMillis(-1))).isEmpty();
            }
        }
    }

    @Test
    void keysThatNoGatewaySealedAreNotTaken() {
        try (RedisNode node = RedisNode.start(RedisFixture.shared(), prefix)) {
            RedisKeySets keys = new RedisKeySets(node.link, node.config, Clock.systemUTC());
            RedisClient client = RedisClient.create(RedisFixture.shared());
            try (var connection = client.connect()) {
                connection
                        .sync()
                        .set(prefix + ":keys:https://a", "\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000{}");
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
            }

            assertThat(find(keys, "https://a", HOUR)).isEmpty();
            assertThat(node.count("router.redis.keysets", "unsealed")).isEqualTo(1);
        }
    }

    private static Optional<String> find(RedisKeySets keys, String source, Duration ageMax) {
        return keys.find(source, ageMax)
                .blockOptional(RedisNode.PATIENCE)
                .orElseThrow()
                .map(SharedKeySets.Kept::json);
    }
}
