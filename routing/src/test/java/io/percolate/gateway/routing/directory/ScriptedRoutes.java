package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A database that answers each query only when told to, with what was true when the query came. */
final class ScriptedRoutes implements Statements {
    private final Map<TenantId, Long> versions = new ConcurrentHashMap<>();
    private final ArrayDeque<Asked> asked = new ArrayDeque<>();

    /** One query under way. */
    static final class Asked {
        private final List<TenantId> tenants;
        private final Map<TenantId, Long> truth;
        private final Sinks.Empty<Void> told = Sinks.empty();
        private @Nullable Throwable failure;

        private Asked(List<TenantId> tenants, Map<TenantId, Long> truth) {
            this.tenants = tenants;
            this.truth = truth;
        }

        List<TenantId> tenants() {
            return tenants;
        }

        void answer() {
            told.tryEmitEmpty();
        }

        void fail(Throwable error) {
            failure = error;
            told.tryEmitEmpty();
        }
    }

    /** The tenant is in tier A, at this version, from now on. */
    void set(TenantId tenant, long version) {
        versions.put(tenant, version);
    }

    /** The oldest query that was not taken yet. */
    synchronized Asked next() {
        return asked.removeFirst();
    }

    synchronized int waiting() {
        return asked.size();
    }

    @Override
    public Mono<Long> update(String sql, Object... binds) {
        throw new UnsupportedOperationException("the directory writes nothing");
    }

    @Override
    public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
        return Mono.defer(() -> {
            List<TenantId> tenants =
                    Stream.of((UUID[]) binds[0]).map(TenantId::new).toList();
            Asked question = new Asked(tenants, Map.copyOf(versions));
            synchronized (this) {
                asked.addLast(question);
            }
            return question.told.asMono().then(Mono.<List<T>>fromCallable(() -> {
                if (question.failure instanceof RuntimeException failure) {
                    throw failure;
                }
                Long[] known = (Long[]) binds[1];
                return IntStream.range(0, tenants.size())
                        .filter(i -> question.truth.getOrDefault(tenants.get(i), 0L) != known[i].longValue())
                        .mapToObj(tenants::get)
                        .<T>map(tenant -> mapper.apply(new Row(tenant, question.truth.get(tenant))))
                        .toList();
            }));
        });
    }

    private record Row(Map<String, Object> columns) implements Readable {
        Row(TenantId tenant, @Nullable Long version) {
            this(new HashMap<>(Map.of("asked", tenant.value())));
            if (version != null) {
                columns.putAll(Map.of(
                        "id", tenant.value(),
                        "tier", "A",
                        "status", "active",
                        "security_mode", "node_based",
                        "region", "default",
                        "state", "cold",
                        "epoch", 0L,
                        "version", version));
            }
        }

        @Override
        public <T> @Nullable T get(int index, Class<T> type) {
            throw new UnsupportedOperationException("columns are read by name");
        }

        @Override
        public <T> @Nullable T get(String name, Class<T> type) {
            return type.cast(columns.get(name));
        }
    }
}
