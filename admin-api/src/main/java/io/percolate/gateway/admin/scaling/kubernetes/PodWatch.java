package io.percolate.gateway.admin.scaling.kubernetes;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.percolate.gateway.admin.scaling.Cluster;
import io.percolate.gateway.admin.scaling.Cluster.ClusterException;
import io.percolate.gateway.admin.scaling.ScalingConfig;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pods of one workload, listed once and watched from then on: fabric8's informer connects anew when a watch breaks,
 * follows bookmarks, and lists again when the server has forgotten where the watch was (410 Gone).
 */
final class PodWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PodWatch.class);
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ScalingConfig config;
    private final Clock clock;
    private @Nullable SharedIndexInformer<Pod> informer;
    private boolean beginning;
    private boolean failing;
    private boolean closed;
    private Instant notBefore = Instant.MIN;

    PodWatch(ScalingConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** Whether the caller is to begin it; true once until that has failed. */
    synchronized boolean isToBegin() {
        if (closed || beginning || informer != null || clock.instant().isBefore(notBefore)) {
            return false;
        }
        beginning = true;
        return true;
    }

    void begin(SharedIndexInformer<Pod> made) {
        made.exceptionHandler((started, error) -> {
            complain(error);
            return true;
        });
        synchronized (this) {
            beginning = false;
            if (closed) {
                return;
            }
            failing = false;
            informer = made;
        }
        made.start();
    }

    private synchronized void complain(Throwable error) {
        if (!failing) {
            failing = true;
            log.warn("the watch of pods will be tried again: {}", error.toString());
        }
    }

    synchronized void failed(ClusterException error) {
        beginning = false;
        notBefore = clock.instant().plus(RETRY.compareTo(error.retryAfter()) > 0 ? RETRY : error.retryAfter());
        if (!failing) {
            failing = true;
            log.warn(
                    "pods cannot be watched, will be tried again; the table of pods is what counts: {}",
                    error.getMessage());
        }
    }

    Cluster.Sight sight() {
        SharedIndexInformer<Pod> watched;
        synchronized (this) {
            watched = informer;
        }
        if (watched == null) {
            return new Cluster.Sight(false, List.of());
        }
        Instant now = clock.instant();
        if (watched.isWatching()) {
            recovered();
        }
        return new Cluster.Sight(
                watched.hasSynced() && watched.isWatching(),
                watched.getStore().list().stream()
                        .map(pod -> PodViews.of(pod, now, config.unschedulableAfter()))
                        .toList());
    }

    private synchronized void recovered() {
        failing = false;
    }

    @Override
    public void close() {
        SharedIndexInformer<Pod> watched;
        synchronized (this) {
            closed = true;
            watched = informer;
        }
        if (watched != null) {
            watched.stop();
        }
    }
}
