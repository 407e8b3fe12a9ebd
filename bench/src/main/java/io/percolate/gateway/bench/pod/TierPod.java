package io.percolate.gateway.bench.pod;

import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.percolate.gateway.bench.pod.host.HostedTenants;
import io.percolate.gateway.bench.pod.store.DataDirectory;
import io.percolate.gateway.context.vault.TenantVault;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.warmup.pod.PodRegistration;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;

/**
 * A running tier pod.
 *
 * <p>Works without a management database (nobody is told of it) and without a vault (data stay on disk, and a tenant
 * cannot leave altogether).
 */
public final class TierPod implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TierPod.class);
    private static final int EVENT_LOOPS = 2;
    private static final int BLOCKING_THREADS = 8;
    private static final int BLOCKING_TASKS_MAX = 10_000;
    private static final int THREAD_IDLE_SECONDS_MAX = 30;
    private static final Duration DRAIN_MAX = Duration.ofSeconds(5);

    private final TierPodConfig config;
    private final HostedTenants tenants;
    private final DisposableServer server;
    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final LoopResources loops;
    private final Scheduler blocking;
    private final Optional<PodRegistration> registration;

    private TierPod(TierPodConfig config, Optional<ManagementDatabase> database, Optional<TenantVault> vault)
            throws IOException {
        this.config = config;
        this.blocking = Schedulers.newBoundedElastic(
                BLOCKING_THREADS, BLOCKING_TASKS_MAX, "pod-disk", THREAD_IDLE_SECONDS_MAX, true);
        this.loops = LoopResources.create("pod", 1, EVENT_LOOPS, true);
        HostedTenants.Settings settings =
                new HostedTenants.Settings(config.capacity(), config.restoreBytesMax(), config.loadDelay());
        this.tenants = new HostedTenants(settings, DataDirectory.open(config.dataDirectory()), vault, loops, blocking);
        this.server = PodServer.start(config, tenants, connections, blocking, loops);
        this.registration = database.map(db -> PodRegistration.start(
                db,
                new PodRegistration.Registered(
                        config.id(),
                        config.tier(),
                        address(),
                        config.region(),
                        config.capacity(),
                        config.versionLabel()),
                config.heartbeat()));
    }

    /** Starts a pod of its own; it borrows database and vault. Blocks until it listens. */
    public static TierPod start(
            TierPodConfig config, Optional<ManagementDatabase> database, Optional<TenantVault> vault) {
        try {
            TierPod pod = new TierPod(config, database, vault);
            log.info("pod {} of tier {} listens at {}", config.id(), config.tier(), pod.url());
            return pod;
        } catch (IOException e) {
            throw new UncheckedIOException("the folder " + config.dataDirectory() + " cannot be used", e);
        }
    }

    /** A pod alone, with nothing but its disk. */
    public static TierPod start(TierPodConfig config) {
        return start(config, Optional.empty(), Optional.empty());
    }

    public URI url() {
        return URI.create("http://" + address());
    }

    public PodAddress address() {
        return new PodAddress(config.advertisedHost(), server.port());
    }

    public TierPodConfig config() {
        return config;
    }

    /**
     * Stops in order: no new tenants, no new connections, then the data, and last what connections are left. Blocks for a few
     * seconds at most.
     */
    @Override
    public void close() {
        tenants.drain();
        registration.ifPresent(row -> row.drain().block(DRAIN_MAX));
        server.disposeNow(DRAIN_MAX);
        tenants.close();
        // The event loops do not always: one that is told to end while it runs tasks ends without a look at its
        // connections (Netty 4.2.18, without a quiet period), and clients wait for answers for ever.
        connections.close().awaitUninterruptibly(DRAIN_MAX.toMillis());
        registration.ifPresent(row -> (config.diskReturns() ? row.pause() : row.leave()).block(DRAIN_MAX));
        loops.disposeLater(Duration.ZERO, DRAIN_MAX).block(DRAIN_MAX.multipliedBy(2));
        blocking.dispose();
    }
}
