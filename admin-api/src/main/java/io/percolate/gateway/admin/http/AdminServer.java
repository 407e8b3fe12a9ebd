package io.percolate.gateway.admin.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.percolate.gateway.admin.auth.AdminTokens;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.resources.LoopResources;

/** The listener of the management API. */
public final class AdminServer {
    private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
    private static final int LOOPS = 2;

    private final DisposableServer server;
    private final LoopResources loops;

    private AdminServer(DisposableServer server, LoopResources loops) {
        this.server = server;
        this.loops = loops;
    }

    /** Listens, or errors when the address is taken. Takes any free port for port 0. */
    public static Mono<AdminServer> start(
            HttpConfig config, List<Route> routes, AdminTokens tokens, MeterRegistry meters) {
        RouteTable table = new RouteTable(routes);
        Gatekeeper gatekeeper = new Gatekeeper(tokens);
        RequestLog log = new RequestLog(meters);
        LoopResources loops = LoopResources.create("admin-http", LOOPS, true);
        return HttpServer.create()
                .host(config.host())
                .port(config.port())
                .runOn(loops, true)
                .protocol(HttpProtocol.HTTP11)
                .channelGroup(new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE))
                .maxConnections(config.connectionsMax())
                .idleTimeout(config.idleTimeout())
                .httpRequestDecoder(decoder ->
                        decoder.maxInitialLineLength(config.targetBytesMax()).maxHeaderSize(config.headerBytesMax()))
                .doOnChannelInit((_, channel, _) -> channel.pipeline()
                        .addAfter(NettyPipeline.HttpCodec, "unreadable-requests", new UnreadableRequests()))
                .handle((request, response) ->
                        new Exchange(config, table, gatekeeper, log, request, response).run(eventLoop(request)))
                .bind()
                .map(bound -> {
                    LOG.info("management API listens on {}:{}", bound.host(), bound.port());
                    return new AdminServer((DisposableServer) bound, loops);
                })
                .doOnError(_ -> loops.dispose());
    }

    private static Scheduler eventLoop(HttpServerRequest request) {
        AtomicReference<Scheduler> eventLoop = new AtomicReference<>();
        request.withConnection(connection -> eventLoop.set(
                Schedulers.fromExecutorService(connection.channel().eventLoop())));
        return eventLoop.get();
    }

    public int port() {
        return server.port();
    }

    /** Stops listening and waits for requests under way, for at most {@code grace}. */
    public Mono<Void> stop(Duration grace) {
        return Mono.fromRunnable(server::dispose)
                .then(server.onDispose())
                .timeout(grace, Mono.empty())
                .then(loops.disposeLater(Duration.ZERO, grace));
    }
}
