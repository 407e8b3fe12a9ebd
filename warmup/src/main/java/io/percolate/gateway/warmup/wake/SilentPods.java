package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.pod.PodAnswer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Pods that could not be reached a moment ago. All tenants of a pod that is gone are woken at once, and each would ask it
 * again and again: for that moment the word that one has got holds for the others.
 */
final class SilentPods {
    /** Shorter than anybody waits before a pod is asked again that did not answer twice. */
    static final Duration REMEMBERED = Duration.ofMillis(200);

    private static final int KEPT_MAX = 256;

    private final LongSupplier clock;
    private final Map<PodAddress, Silence> silences = new ConcurrentHashMap<>();

    private record Silence(PodAnswer.Unreachable word, long sinceNanos) {}

    SilentPods(LongSupplier clock) {
        this.clock = clock;
    }

    /** The pod's answer, or that it could not be reached by another who has just asked. */
    Mono<PodAnswer.ToProbe> ask(PodAddress pod, Mono<PodAnswer.ToProbe> asking) {
        return Mono.defer(() -> {
            Silence known = silences.get(pod);
            return known != null && isRecent(known)
                    ? Mono.just(known.word())
                    : asking.doOnNext(answer -> heard(pod, answer));
        });
    }

    private void heard(PodAddress pod, PodAnswer.ToProbe answer) {
        if (!(answer instanceof PodAnswer.Unreachable word)) {
            silences.remove(pod);
            return;
        }
        if (silences.size() >= KEPT_MAX) {
            silences.values().removeIf(silence -> !isRecent(silence));
        }
        silences.put(pod, new Silence(word, clock.getAsLong()));
    }

    private boolean isRecent(Silence silence) {
        return clock.getAsLong() - silence.sinceNanos() < REMEMBERED.toNanos();
    }
}
