package io.percolate.gateway.routing.quota;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tokens of tenants' requests that all gateways take from one store, in batches. Nobody waits here, and nothing throws. */
public interface SharedQuotas {
    /** No store: every gateway has its own share. */
    SharedQuotas NONE = new SharedQuotas() {
        @Override
        public boolean isPresent() {
            return false;
        }

        @Override
        public boolean isUp() {
            return false;
        }

        @Override
        public void lease(Demand demand, Consumer<@Nullable Grant> answer) {
            answer.accept(null);
        }
    };

    /**
     * What one gateway wants for a tenant.
     *
     * @param intervalMicros in which one token comes
     * @param burst tokens that may be saved up
     * @param settled tokens that were used without having been granted
     * @param wanted tokens for requests to come
     */
    record Demand(TenantId tenant, double intervalMicros, long burst, long settled, long wanted) {}

    /**
     * What it gets.
     *
     * @param tokens at most as many as wanted
     * @param remaining tokens that are left for whoever asks next
     * @param waitNanos until there is one again; 0 when there is
     */
    record Grant(long tokens, long remaining, long waitNanos) {}

    /** Whether there is a store at all. */
    default boolean isPresent() {
        return true;
    }

    /** Whether it is worth asking. */
    boolean isUp();

    /** @param answer told once, on any thread, within a deadline; null when the store said nothing */
    void lease(Demand demand, Consumer<@Nullable Grant> answer);
}
