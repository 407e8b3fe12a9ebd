package io.percolate.gateway.proxy.main;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What has to be closed, in the reverse order of its opening; also where a start fails halfway. */
final class Teardown {
    private static final Logger LOG = LoggerFactory.getLogger(Teardown.class);
    /** For each step; what takes longer is left to the end of the process. */
    private static final Duration STEP_MAX = Duration.ofSeconds(3);

    private final Deque<Step> steps = new ArrayDeque<>();

    private record Step(String name, Supplier<Mono<Void>> close) {}

    void add(String name, Runnable close) {
        add(name, () -> Mono.fromRunnable(close));
    }

    void add(String name, Supplier<Mono<Void>> close) {
        steps.push(new Step(name, close));
    }

    /** Closes everything, each once. Never errors: what cannot be closed is logged. */
    Mono<Void> run() {
        return Flux.defer(() -> {
                    List<Step> lastFirst = new ArrayList<>(steps);
                    steps.clear();
                    return Flux.fromIterable(lastFirst);
                })
                .concatMap(step -> Mono.defer(step.close()).timeout(STEP_MAX).onErrorResume(error -> {
                    LOG.warn("closing {} failed: {}", step.name(), error.toString());
                    return Mono.empty();
                }))
                .then();
    }

    /** How long {@link #run} takes at most. */
    Duration bound() {
        return STEP_MAX.multipliedBy(steps.size());
    }
}
