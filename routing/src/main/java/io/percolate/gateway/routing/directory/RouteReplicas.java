package io.percolate.gateway.routing.directory;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Copies of the database that may answer for routes in place of the primary.
 *
 * <p>This process writes marks to the primary, 1, 2, 3, ..., and each answer of a copy comes with the newest mark that its
 * snapshot holds. A copy replays commits in the primary's order, so an answer with mark k lacks nothing that was committed
 * before the writing of mark k began, whatever server gave it and whatever the clocks say.
 */
public interface RouteReplicas {
    /** No copies. */
    RouteReplicas NONE = new RouteReplicas() {
        @Override
        public @Nullable Replica pick(TenantId tenant) {
            return null;
        }

        @Override
        public @Nullable Replica pickInOutage() {
            return null;
        }

        @Override
        public OptionalLong asOf(TenantId tenant, long mark, long ageMaxNanos) {
            return OptionalLong.empty();
        }

        @Override
        public long ageMaxNanos() {
            return 0;
        }

        @Override
        public void changed(TenantId tenant) {
            // Nobody lags.
        }

        @Override
        public void distrust() {
            // Nobody lags.
        }
    };

    /** A copy. */
    interface Replica {
        Statements statements();

        /** How long it has for an answer. */
        Duration timeout();

        /** Names this process among those that write marks. */
        UUID marker();

        /** It has shown this mark. */
        void answered(long mark);

        /** It did not answer: it is not picked until it has answered a probe. */
        void failed(Throwable error);
    }

    /** A copy within the bound that is not known to lack a change of this tenant; null when there is none. */
    @Nullable
    Replica pick(TenantId tenant);

    /** A copy that answers, however far behind, for when the primary is down; null when there is none. */
    @Nullable
    Replica pickInOutage();

    /**
     * Since when an answer with this mark lacks nothing, by the directory's clock; empty when it is older than allowed, or
     * lacks a change of the tenant that was announced before.
     */
    OptionalLong asOf(TenantId tenant, long mark, long ageMaxNanos);

    /** The age of answers that is allowed while the primary is up. */
    long ageMaxNanos();

    /** The tenant's route has just changed: answers that may lack that are not to be taken. */
    void changed(TenantId tenant);

    /** Anything may have changed before now. */
    void distrust();
}
