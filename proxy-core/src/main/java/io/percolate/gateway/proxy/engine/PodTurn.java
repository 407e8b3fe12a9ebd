package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.resilience.PodShare;
import io.percolate.gateway.routing.tenant.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * The turn that a request has at a pod: it counts among those under way there until it has ended, and how it ends tells
 * how the pod is. Inherited rather than referred to, for every request would pay for one more object.
 */
abstract sealed class PodTurn permits PodRace {
    private static final int UNANSWERED = 0;

    private @Nullable UpstreamPool at;
    /** Status of the answer. */
    private int answered;

    /** The pool has let the request in. */
    final void turnBegan(UpstreamPool pool) {
        at = pool;
        answered = UNANSWERED;
    }

    /**
     * The head of the answer has come.
     *
     * @param latencyNanos how long it took the pod; -1 where others had a part in that
     */
    final void turnAnswered(TenantId tenant, int status, long latencyNanos, long nowNanos) {
        UpstreamPool with = at;
        if (with != null && answered == UNANSWERED) {
            answered = status;
            with.share().answering(tenant, status, latencyNanos, nowNanos);
            with.turnOver();
        }
    }

    /** The pod has broken the request or its answer off, or is too late. */
    final void turnFailed(TenantId tenant) {
        UpstreamPool with = at;
        if (with != null) {
            at = null;
            PodShare share = with.share();
            if (answered != UNANSWERED) {
                share.brokenOff(tenant, System.nanoTime());
            } else {
                share.failed(tenant, System.nanoTime());
            }
            with.turnOver();
        }
    }

    /** The turn is over, by nobody's fault; does nothing when it is already. */
    final void turnOver() {
        UpstreamPool with = at;
        if (with != null) {
            at = null;
            if (answered != UNANSWERED) {
                with.share().ended(answered);
            } else {
                with.share().abandoned();
            }
            with.turnOver();
        }
    }
}
