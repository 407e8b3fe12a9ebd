package io.percolate.gateway.admin.health;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.warmup.pod.PodConfig;
import io.percolate.gateway.warmup.pod.PodInventory;
import io.percolate.gateway.warmup.wake.WakeClock;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One look at all pods: late heartbeats are checked by asking the pod itself, and who is silent in both ways for long enough
 * is declared lost.
 *
 * <p>Several processes may look at once, each with suspicions of its own; declaring is one conditional update.
 */
public final class PodHealth {
    private static final Logger log = LoggerFactory.getLogger(PodHealth.class);
    private static final int ASKED_AT_ONCE_MAX = 64;

    private final HealthConfig config;
    private final ManagementDatabase database;
    private final PodInventory inventory;
    private final PodLosses losses;
    private final WakeClock clock;
    private final Suspicions suspicions;
    private final AtomicInteger suspected = new AtomicInteger();
    private final AtomicInteger lostNow = new AtomicInteger();
    private final Counter declared;

    public PodHealth(
            HealthConfig config,
            PodConfig podConfig,
            ManagementDatabase database,
            PodInventory inventory,
            Outbox outbox,
            WakeClock clock,
            MeterRegistry meters) {
        this.config = config;
        this.database = database;
        this.inventory = inventory;
        this.losses = new PodLosses(database, outbox);
        this.clock = clock;
        this.suspicions = new Suspicions(config, podConfig.callTimeout(), clock.now());
        this.declared = Counter.builder("pods.declared.lost")
                .description("Pods that neither beat nor answered")
                .register(meters);
        Gauge.builder("pods.suspected", suspected, AtomicInteger::get)
                .description("Pods whose heartbeat is late and that do not answer, by this process's looks")
                .register(meters);
        Gauge.builder("pods.lost", lostNow, AtomicInteger::get)
                .description("Pods that are lost now, by this process's looks")
                .register(meters);
    }

    /** Looks, and acts; errors when the database does not answer. */
    public Mono<Void> run() {
        return database.query(
                        WatchedPod.SELECT,
                        WatchedPod::of,
                        config.reconcileInterval().toMillis())
                .flatMap(pods ->
                        silent(pods).flatMap(silent -> declare(pods, silent)).then(Mono.defer(() -> coolRest(pods))));
    }

    private Mono<List<WatchedPod>> silent(List<WatchedPod> pods) {
        return Flux.fromIterable(pods)
                .filter(pod -> pod.heartbeatAge().compareTo(config.lateAfter()) > 0)
                .flatMap(
                        pod -> inventory
                                .isAlive(pod.address())
                                .filter(alive -> !alive)
                                .map(dead -> pod),
                        ASKED_AT_ONCE_MAX)
                .collectList();
    }

    private Mono<Void> declare(List<WatchedPod> pods, List<WatchedPod> silent) {
        List<WatchedPod> lost = suspicions.look(pods, silent, clock.now());
        suspected.set(suspicions.count());
        lostNow.set((int) pods.stream().filter(WatchedPod::lost).count());
        return Flux.fromIterable(lost)
                .concatMap(pod -> losses.declare(pod, config.lateAfter()).doOnNext(tenants -> {
                    if (tenants >= 0) {
                        declared.increment();
                        log.warn(
                                "pod {} is lost, with {} hot tenants: its last heartbeat is {} ms old, and it does not answer",
                                pod.id(),
                                tenants,
                                pod.heartbeatAge().toMillis());
                    }
                }))
                .then();
    }

    private Mono<Void> coolRest(List<WatchedPod> pods) {
        return Flux.fromIterable(pods)
                .filter(WatchedPod::lost)
                .concatMap(pod -> losses.coolRest(pod.id()))
                .then();
    }
}
