package io.percolate.gateway.proxy.ops;

import io.percolate.gateway.proxy.resilience.PodStatus;
import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** What this process makes of a pod, as JSON. */
final class PodView {
    private static final double NANOS_PER_MILLI = 1e6;

    private PodView() {}

    static ObjectNode of(PodStatus pod) {
        ObjectNode view = OpsAnswer.object()
                .put("tier", pod.tier().name())
                .put("pod", pod.pod() == null ? null : pod.pod().toString())
                .put("address", pod.address().toString())
                .put("state", lower(pod.state()))
                .put("health", lower(pod.health()));
        if (pod.reason() != null) {
            view.put("reason", lower(pod.reason()));
        }
        if (pod.state() == PodStatus.State.EJECTED) {
            view.put("ejected_for_ms", pod.ejectedFor().toMillis()).put("ejection_ignored", pod.ignored());
        }
        view.put("ejections", pod.ejections());
        if (pod.limit() == null) {
            view.putNull("limit");
        } else {
            view.put("limit", pod.limit());
        }
        return view.put("waiting", pod.waiting())
                .put("in_flight", pod.open())
                .put("connections", pod.connections())
                .put("pending", pod.pending())
                .put("latency_ms", pod.latency().toNanos() / NANOS_PER_MILLI)
                .put("latency_at_rest_ms", pod.latencyAtRest().toNanos() / NANOS_PER_MILLI);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
