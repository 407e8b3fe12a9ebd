package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.percolate.gateway.admin.scaling.Obstacle;
import io.percolate.gateway.admin.scaling.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Why pods do not come about, by the conditions, states and events in which Kubernetes says so. */
final class PodObstacles {
    /** A controller that cannot create pods repeats its event, in longer and longer intervals. */
    private static final Duration EVENT_AGE_MAX = Duration.ofMinutes(2);

    private PodObstacles() {}

    static Optional<Obstacle> ofPod(PodStatus status, Instant now, Duration unschedulableAfter) {
        Optional<Obstacle> waiting = Stream.concat(
                        PodViews.stream(status.getInitContainerStatuses()),
                        PodViews.stream(status.getContainerStatuses()))
                .flatMap(container -> ofContainer(container).stream())
                .findFirst();
        return waiting.or(() -> PodViews.condition(status, "PodScheduled")
                .filter(condition -> "False".equals(condition.getStatus())
                        && "Unschedulable".equals(condition.getReason())
                        && !PodViews.time(condition.getLastTransitionTime(), Instant.EPOCH)
                                .plus(unschedulableAfter)
                                .isAfter(now))
                .map(condition -> new Obstacle(Refusal.UNSCHEDULABLE, text(condition.getMessage()))));
    }

    private static Optional<Obstacle> ofContainer(ContainerStatus container) {
        ContainerStateWaiting waiting =
                container.getState() == null ? null : container.getState().getWaiting();
        if (waiting == null || waiting.getReason() == null) {
            return Optional.empty();
        }
        Refusal refusal = switch (waiting.getReason()) {
            case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable" ->
                Refusal.IMAGE_PULL;
            case "CrashLoopBackOff" -> Refusal.CRASHING;
            case "CreateContainerConfigError", "CreateContainerError", "RunContainerError" -> Refusal.CONFIGURATION;
            default -> null;
        };
        return Optional.ofNullable(refusal)
                .map(known -> new Obstacle(known, waiting.getReason() + ": " + text(waiting.getMessage())));
    }

    /** Its condition {@code ReplicaFailure} is what its replica set ran into. */
    static Optional<Obstacle> ofDeployment(@Nullable Deployment deployment) {
        if (deployment == null || deployment.getStatus() == null) {
            return Optional.empty();
        }
        return PodViews.stream(deployment.getStatus().getConditions())
                .filter(condition -> "ReplicaFailure".equals(condition.getType())
                        && "True".equals(condition.getStatus())
                        && "FailedCreate".equals(condition.getReason()))
                .findFirst()
                .map(condition -> refused(condition.getMessage()));
    }

    /** A stateful set has no such condition: its controller tells by events. */
    static Optional<Obstacle> ofEvents(List<Event> events, String statefulSet, Instant now) {
        return events.stream()
                .filter(event -> "FailedCreate".equals(event.getReason())
                        && event.getInvolvedObject() != null
                        && "StatefulSet".equals(event.getInvolvedObject().getKind())
                        && statefulSet.equals(event.getInvolvedObject().getName())
                        && at(event).plus(EVENT_AGE_MAX).isAfter(now))
                .findFirst()
                .map(event -> refused(event.getMessage()));
    }

    private static Instant at(Event event) {
        String last = event.getLastTimestamp();
        return PodViews.time(last != null ? last : event.getFirstTimestamp(), Instant.EPOCH);
    }

    private static Obstacle refused(@Nullable String message) {
        return new Obstacle(KubernetesFailures.denied(text(message)), text(message));
    }

    private static String text(@Nullable String message) {
        return Objects.requireNonNullElse(message, "the cluster says no more");
    }
}
