package io.percolate.gateway.proxy.main;

import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.ops.Readiness;
import io.percolate.gateway.proxy.ops.Readiness.Stage;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The way out of service: not ready, a delay in which requests still come, then the edge's drain. Happens once, whether
 * the ops listener asks for it, or a signal, or both.
 */
final class Drain {
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);
    /** What the edge takes beyond its timeout to close its sockets. */
    private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

    private final DrainConfig config;
    private final Mono<Void> drained;

    Drain(DrainConfig config, Readiness readiness, Edge edge) {
        this.config = config;
        this.drained = Mono.defer(() -> {
                    readiness.enter(Stage.DRAINING);
                    edge.sendAway();
                    LOG.info("not ready any more; serving on for {}, then draining", config.delay());
                    return Mono.delay(config.delay());
                })
                .then(Mono.defer(() -> edge.drain(config.timeout())))
                .doOnSuccess(done -> {
                    readiness.enter(Stage.DRAINED);
                    LOG.info("drained");
                })
                .cache();
    }

    /** Completes when the edge has closed; starts it if nobody has. Never errors. */
    Mono<Void> drained() {
        return drained;
    }

    /** Starts it and returns at once. */
    void begin() {
        drained.subscribe(done -> {}, error -> LOG.error("the drain failed", error));
    }

    /** How long it takes at most. */
    Duration bound() {
        return config.delay().plus(config.timeout()).plus(CLOSE_MAX);
    }
}
