package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.postgres.Statements;
import io.r2dbc.spi.Readable;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A database of hot tenants without end, each with a schema of its own, spread over 500 pods; every value is a new object,
 * as it is when it comes from a driver.
 */
final class GeneratedRoutes implements Statements {
    private static final int PODS = 500;

    static UUID tenant(int number) {
        return new UUID(0x5eed_0000_0000_4000L + number * 0x9e37_79b9_0000L, 0x8000_0000_0000_0000L + number);
    }

    @Override
    public Mono<Long> update(String sql, Object... binds) {
        throw new UnsupportedOperationException("the directory writes nothing");
    }

    @Override
    public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return Mono.fromCallable(() -> Stream.of((UUID[]) binds[0])
                .<T>map(id -> mapper.apply(new Row(id)))
                .toList());
    }

    private record Row(UUID id) implements Readable {
        @Override
        public <T> @Nullable T get(int index, Class<T> type) {
            throw new UnsupportedOperationException("columns are read by name");
        }

        @Override
        public <T> @Nullable T get(String name, Class<T> type) {
            long number = id.getLeastSignificantBits() & Integer.MAX_VALUE;
            Map<String, Object> pod = Map.of(
                    "pod_id",
                    "tier-b-" + number % PODS,
                    "pod_tier",
                    "B",
                    "host",
                    "10.0." + number % PODS / 250 + "." + number % 250,
                    "port",
                    8000);
            Object value = switch (name) {
                case "asked", "id" -> new UUID(id.getMostSignificantBits(), id.getLeastSignificantBits());
                case "tier" -> "B";
                case "status" -> "active";
                case "security_mode" -> "node_based";
                case "region" -> String.valueOf("eu-central-1".toCharArray());
                case "schema_name" -> "tenant_" + number;
                case "shard_id" -> "shard-" + number % 64;
                case "state" -> "hot";
                case "epoch" -> number % 9 + 1;
                case "version" -> number + 1_000_000L;
                default -> pod.get(name);
            };
            return type.cast(value);
        }
    }
}
