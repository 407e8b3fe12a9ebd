package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.percolate.gateway.admin.scaling.ClusterPod;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a pod's object says. Every field of it may be missing. */
final class PodViews {
    private static final String CAPACITY = "PERCOLATE_MAX_HOT_TENANTS";
    private static final int CAPACITY_MAX = 1_000_000;

    private PodViews() {}

    static ClusterPod of(Pod pod, Instant now, Duration unschedulableAfter) {
        PodStatus status = pod.getStatus();
        Instant createdAt = time(pod.getMetadata().getCreationTimestamp(), now);
        return new ClusterPod(
                pod.getMetadata().getName(),
                Objects.requireNonNullElse(pod.getMetadata().getUid(), ""),
                status == null ? null : status.getPodIP(),
                capacity(pod.getSpec()),
                phase(pod, status),
                createdAt,
                status == null
                        ? null
                        : PodObstacles.ofPod(status, now, unschedulableAfter).orElse(null));
    }

    private static ClusterPod.Phase phase(Pod pod, @Nullable PodStatus status) {
        String phase = status == null ? null : status.getPhase();
        if ("Failed".equals(phase) || "Succeeded".equals(phase)) {
            return ClusterPod.Phase.ENDED;
        }
        if (pod.getMetadata().getDeletionTimestamp() != null) {
            return ClusterPod.Phase.TERMINATING;
        }
        boolean ready = status != null
                && condition(status, "Ready")
                        .filter(found -> "True".equals(found.getStatus()))
                        .isPresent();
        return ready ? ClusterPod.Phase.READY : ClusterPod.Phase.STARTING;
    }

    static Optional<PodCondition> condition(PodStatus status, String type) {
        return stream(status.getConditions())
                .filter(condition -> type.equals(condition.getType()))
                .findFirst();
    }

    /** By the environment of its containers; 0 where that does not say. */
    static int capacity(@Nullable PodSpec spec) {
        if (spec == null) {
            return 0;
        }
        return stream(spec.getContainers())
                .flatMap(container -> stream(container.getEnv()))
                .filter(variable -> CAPACITY.equals(variable.getName()))
                .map(EnvVar::getValue)
                .filter(value -> value != null && value.matches("[0-9]{1,7}"))
                .mapToInt(Integer::parseInt)
                .filter(value -> value > 0 && value <= CAPACITY_MAX)
                .findFirst()
                .orElse(0);
    }

    static Instant time(@Nullable String text, Instant otherwise) {
        if (text == null) {
            return otherwise;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException unreadable) {
            return otherwise;
        }
    }

    static <T> Stream<T> stream(@Nullable List<T> list) {
        return list == null ? Stream.empty() : list.stream();
    }
}
