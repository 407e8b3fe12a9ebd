package io.percolate.gateway.proxy.sidecar;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.proxy.engine.relay.RelayConfig;
import io.percolate.gateway.proxy.engine.relay.RelayServer;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.PlacementFiles;
import io.percolate.gateway.proxy.sidecar.data.TenantDirectories;
import io.percolate.gateway.proxy.sidecar.hook.HookedApplication;
import io.percolate.gateway.proxy.sidecar.host.HostedTenants;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.pod.PodRegistration;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;

/**
 * A running sidecar.
 *
 * <p>Works without a management database (nobody is told of the pod) and without a vault (data stay here, and a tenant
 * cannot leave altogether).
 */
public final class Sidecar {
    private static final Logger log = LoggerFactory.getLogger(Sidecar.class);
    private static final int BLOCKING_THREADS = 8;
    private static final int BLOCKING_TASKS_MAX = 10_000;
    private static final int THREAD_IDLE_SECONDS_MAX = 30;
    private static final int HTTP_PORT = 80;
    private static final Duration CLIENT_IDLE_MAX = Duration.ofMinutes(2);
    private static final Duration CONTROL_IDLE_MAX = Duration.ofSeconds(30);
    private static final Duration STEP_MAX = Duration.ofSeconds(5);

    private final SidecarConfig config;
    private final Scheduler blocking;
    private final LoopResources loops;
    private final HostedTenants tenants;
    private final DisposableServer control;
    private final RelayServer relay;
    private final Disposable watch;
    private final Optional<PodRegistration> registration;

    private Sidecar(
            SidecarConfig config,
            Scheduler blocking,
            LoopResources loops,
            HostedTenants tenants,
            DisposableServer control,
            RelayServer relay,
            Disposable watch,
            Optional<PodRegistration> registration) {
        this.config = config;
        this.blocking = blocking;
        this.loops = loops;
        this.tenants = tenants;
        this.control = control;
        this.relay = relay;
        this.watch = watch;
        this.registration = registration;
    }

    /** Starts a sidecar of its own; it borrows database and vault. Errors where it cannot listen or use its folders. */
    public static Mono<Sidecar> start(
            SidecarConfig config, Optional<? extends Statements> database, Optional<TenantVault> vault) {
        return Mono.defer(() -> {
            Scheduler blocking = Schedulers.newBoundedElastic(
                    BLOCKING_THREADS, BLOCKING_TASKS_MAX, "sidecar-disk", THREAD_IDLE_SECONDS_MAX, true);
            LoopResources loops = LoopResources.create("sidecar-control", 1, true);
            return Mono.fromCallable(() -> parts(config, vault, loops, blocking))
                    .subscribeOn(blocking)
                    .flatMap(parts -> listening(config, database, parts, loops, blocking))
                    .onErrorResume(error -> loops.disposeLater(Duration.ZERO, STEP_MAX)
                            .then(disposed(blocking))
                            .then(Mono.error(error)));
        });
    }

    /** What a sidecar is made of before it listens. */
    private record Parts(HostedTenants tenants, ApplicationHealth health, PrometheusMeterRegistry meters) {}

    private static Parts parts(
            SidecarConfig config, Optional<TenantVault> vault, LoopResources loops, Scheduler blocking)
            throws IOException {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Files.createDirectories(config.state());
        Workspace workspace = Workspace.open(config.state());
        Optional<TenantDirectories> directories = config.hooks().hasOwnData()
                ? Optional.empty()
                : Optional.of(TenantDirectories.open(
                        config.hooks().data(), workspace, config.hooks().dataBytesMax()));
        HookedApplication application =
                new HookedApplication(config.hooks(), directories, workspace, loops, blocking, meters);
        ApplicationHealth health = new ApplicationHealth(config.application(), loops);
        HostedTenants tenants = new HostedTenants(
                new HostedTenants.Settings(config.capacity(), config.hooks().dataBytesMax()),
                application,
                PlacementFiles.open(config.state(), workspace),
                workspace,
                vault,
                health.awaited(),
                loops,
                blocking);
        return new Parts(tenants, health, meters);
    }

    private static Mono<Sidecar> listening(
            SidecarConfig config,
            Optional<? extends Statements> database,
            Parts parts,
            LoopResources loops,
            Scheduler blocking) {
        SidecarMeters meters = new SidecarMeters(parts.meters());
        meters.watch(parts.tenants(), parts.health(), parts.meters());
        RelayConfig listening = new RelayConfig(
                config.host(),
                config.port(),
                config.eventLoops(),
                config.application().connectTimeout(),
                CLIENT_IDLE_MAX,
                config.application().idleMax().compareTo(CONTROL_IDLE_MAX) < 0
                        ? config.application().idleMax()
                        : CONTROL_IDLE_MAX);
        URI url = config.application().url();
        return ControlServer.start(config, parts.tenants(), parts.health(), parts.meters(), loops)
                .flatMap(control -> RelayServer.start(
                                listening,
                                new SidecarGate(
                                        config.application(),
                                        new InetSocketAddress(
                                                url.getHost(), url.getPort() < 0 ? HTTP_PORT : url.getPort()),
                                        control.address(),
                                        parts.tenants(),
                                        meters))
                        .map(relay -> started(config, database, parts, loops, blocking, control, relay))
                        .onErrorResume(error -> {
                            control.dispose();
                            return Mono.error(error);
                        }));
    }

    private static Sidecar started(
            SidecarConfig config,
            Optional<? extends Statements> database,
            Parts parts,
            LoopResources loops,
            Scheduler blocking,
            DisposableServer control,
            RelayServer relay) {
        Optional<PodRegistration> registration = database.map(statements -> PodRegistration.start(
                statements,
                new PodRegistration.Registered(
                        config.id(),
                        config.tier(),
                        new PodAddress(config.advertisedHost(), relay.address().getPort()),
                        config.region(),
                        config.capacity(),
                        config.versionLabel()),
                config.heartbeat()));
        Disposable watch = parts.health().watch(parts.tenants());
        Sidecar sidecar = new Sidecar(config, blocking, loops, parts.tenants(), control, relay, watch, registration);
        log.info(
                "sidecar {} of tier {} listens at {} for {}",
                config.id(),
                config.tier(),
                sidecar.address(),
                config.application().url());
        return sidecar;
    }

    public PodAddress address() {
        return new PodAddress(config.advertisedHost(), relay.address().getPort());
    }

    public URI url() {
        return URI.create("http://" + address());
    }

    public SidecarConfig config() {
        return config;
    }

    /** How long {@link #stop} takes at most. */
    public Duration stopBound() {
        return config.stopGrace().plus(STEP_MAX.multipliedBy(4));
    }

    /** Stops in order: no new tenants, no new requests, then the rest. Never errors. */
    public Mono<Void> stop() {
        return Mono.<Void>fromRunnable(tenants::drain)
                .then(Mono.defer(() -> registration.map(PodRegistration::drain).orElse(Mono.empty())))
                .then(Mono.defer(() -> relay.close(config.stopGrace())))
                .then(Mono.fromRunnable(() -> {
                    watch.dispose();
                    tenants.close();
                }))
                .then(Mono.defer(() -> registration
                        .map(row -> config.diskReturns() ? row.pause() : row.leave())
                        .orElse(Mono.empty())))
                .then(Mono.fromRunnable(control::dispose))
                .then(control.onDispose())
                .then(Mono.defer(() -> loops.disposeLater(Duration.ZERO, STEP_MAX)))
                .onErrorComplete()
                .then(disposed(blocking));
    }

    /** Waits for a lock of the scheduler's threads, which no event loop may. */
    private static Mono<Void> disposed(Scheduler scheduler) {
        return Mono.<Void>fromRunnable(scheduler::dispose).subscribeOn(Schedulers.boundedElastic());
    }
}
