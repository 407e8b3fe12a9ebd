package io.percolate.gateway.proxy.main;

import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.ops.OpsServer;
import io.percolate.gateway.proxy.ops.Readiness;
import java.net.InetSocketAddress;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A running gateway: everything that the process is made of, apart from its command line. */
public final class GatewayProcess {
    private final Edge edge;
    private final OpsServer ops;
    private final Readiness readiness;
    private final Drain drain;
    private final Teardown teardown;
    private final Mono<Void> stopped;

    GatewayProcess(Edge edge, OpsServer ops, Readiness readiness, Drain drain, Teardown teardown) {
        this.edge = edge;
        this.ops = ops;
        this.readiness = readiness;
        this.drain = drain;
        this.teardown = teardown;
        this.stopped = drain.drained().then(teardown.run()).cache();
    }

    /**
     * Starts everything, in the order of {@link GatewayStart}. Blocks, so it is for mains and tests; throws what went
     * wrong, with all closed again that was open by then.
     */
    public static GatewayProcess start(GatewayConfig config) {
        Teardown teardown = new Teardown();
        try {
            return new GatewayStart(config, teardown).run();
        } catch (Exception failed) {
            // Netty throws the IOException of a failed bind undeclared.
            // The start may have failed because this thread was told to stop; closing has to wait all the same.
            boolean interrupted = Thread.interrupted();
            teardown.run().block();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            throw failed;
        }
    }

    /** Where the edge listens. */
    public InetSocketAddress edgeAddress() {
        return edge.address();
    }

    /** Where the ops listener listens. */
    public InetSocketAddress opsAddress() {
        return ops.address();
    }

    /** Whether it gets requests. */
    public boolean isReady() {
        return readiness.report().ready();
    }

    /** Goes out of service and closes everything; the same, once, for all who ask. Never errors. */
    public Mono<Void> stop() {
        return stopped;
    }

    /** How long {@link #stop} takes at most. */
    Duration stopBound() {
        return drain.bound().plus(teardown.bound());
    }
}
