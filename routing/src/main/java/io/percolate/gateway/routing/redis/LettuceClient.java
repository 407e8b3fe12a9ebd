package io.percolate.gateway.routing.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.AsyncCloseable;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.Transports;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Lettuce, set up so that nothing waits in it: one server and a cluster by the same calls.
 *
 * <p>All of it runs on one event loop. Lettuce takes locks where several threads use a connection; on one thread they
 * are free, and no event loop of the edge ever waits for them.
 */
final class LettuceClient {
    /** Commands that Lettuce holds at most, over all callers; more are refused. */
    static final int COMMANDS_MAX = 4_096;

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RECONNECT_MIN = Duration.ofMillis(50);
    private static final Duration RECONNECT_MAX = Duration.ofSeconds(2);
    private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(30);
    /** Finds the end of a connection on which nothing is asked: that for messages. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(10);

    private static final int KEEP_ALIVES_MAX = 3;
    private static final Duration CLOSE_MAX = Duration.ofSeconds(1);

    private final RedisUrl url;
    private final DefaultEventLoopGroupProvider loops = new DefaultEventLoopGroupProvider(1);
    private final EventLoop loop;
    private final ClientResources resources;
    private final AbstractRedisClient client;

    /** A connection for commands. */
    record Commands(RedisClusterAsyncCommands<byte[], byte[]> async, AsyncCloseable connection) {}

    LettuceClient(RedisConfig config, RedisUrl url) {
        this.url = url;
        EventLoopGroup group = loops.allocate(Transports.eventLoopGroupClass());
        this.loop = group.next();
        this.resources = ClientResources.builder()
                .eventLoopGroupProvider(loops)
                .eventExecutorGroup(group)
                .commandLatencyRecorder(CommandLatencyRecorder.disabled())
                .reconnectDelay(Delay.fullJitter(RECONNECT_MIN, RECONNECT_MAX, 2, TimeUnit.MILLISECONDS))
                .build();
        url.nodes().forEach(node -> {
            node.setTimeout(CONNECT_TIMEOUT);
            node.getSentinels().forEach(sentinel -> sentinel.setTimeout(CONNECT_TIMEOUT));
        });
        if (url.cluster()) {
            RedisClusterClient cluster = RedisClusterClient.create(resources, url.nodes());
            cluster.setOptions(options(ClusterClientOptions.builder(), config)
                    .topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                            .enablePeriodicRefresh(TOPOLOGY_REFRESH)
                            .build())
                    .build());
            this.client = cluster;
        } else {
            RedisClient single = RedisClient.create(resources);
            single.setOptions(options(ClientOptions.builder(), config).build());
            this.client = single;
        }
    }

    private static <B extends ClientOptions.Builder> B options(B options, RedisConfig config) {
        SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider();
        config.caFile()
                .map(LettuceClient::read)
                .ifPresent(certificates -> ssl.trustManager(() -> new ByteArrayInputStream(certificates)));
        options.autoReconnect(true)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(COMMANDS_MAX)
                .replayFilter(command -> true)
                // Deadlines are ours, and shorter.
                .timeoutOptions(TimeoutOptions.builder().timeoutCommands(false).build())
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(SocketOptions.KeepAliveOptions.builder()
                                .enable()
                                .idle(KEEP_ALIVE)
                                .interval(KEEP_ALIVE)
                                .count(KEEP_ALIVES_MAX)
                                .build())
                        .tcpNoDelay(true)
                        .build())
                .sslOptions(ssl.build());
        return options;
    }

    /** Once, and here: Lettuce would read the file on its event loop each time that it connects. */
    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException("cannot read " + file, unreadable);
        }
    }

    EventLoop loop() {
        return loop;
    }

    /** Connects for commands; from then on Lettuce connects again by itself. */
    Mono<Commands> connect() {
        return switch (client) {
            case RedisClusterClient cluster ->
                nodes(cluster)
                        .then(stage(() -> cluster.connectAsync(ByteArrayCodec.INSTANCE)))
                        .map(c -> new Commands(c.async(), c));
            case RedisClient single ->
                stage(() -> single.connectAsync(ByteArrayCodec.INSTANCE, node()))
                        .map(c -> new Commands(c.async(), c));
            default -> Mono.error(new IllegalStateException("neither a server nor a cluster"));
        };
    }

    /** Connects for messages; Lettuce subscribes again by itself after each loss of the connection. */
    Mono<StatefulRedisPubSubConnection<byte[], byte[]>> connectForMessages() {
        return switch (client) {
            case RedisClusterClient cluster ->
                nodes(cluster)
                        .then(stage(() -> cluster.connectPubSubAsync(ByteArrayCodec.INSTANCE)))
                        .map(c -> c);
            case RedisClient single -> stage(() -> single.connectPubSubAsync(ByteArrayCodec.INSTANCE, node()));
            default -> Mono.error(new IllegalStateException("neither a server nor a cluster"));
        };
    }

    /** Asks the cluster which nodes it has, which has to come before the first connection. */
    private Mono<Void> nodes(RedisClusterClient cluster) {
        return stage(cluster::refreshPartitionsAsync);
    }

    private RedisURI node() {
        return url.nodes().getFirst();
    }

    private interface Attempt<T> {
        CompletionStage<T> begin();
    }

    /** Begins it on our loop, within the time that connecting may take. */
    private <T> Mono<T> stage(Attempt<T> attempt) {
        return Mono.defer(() -> Mono.fromCompletionStage(attempt.begin()))
                .subscribeOn(Schedulers.fromExecutor(loop))
                .timeout(CONNECT_TIMEOUT.multipliedBy(2));
    }

    /** Closes every connection and ends the loop. Never errors. */
    Mono<Void> close() {
        long millis = CLOSE_MAX.toMillis();
        return Mono.fromCompletionStage(() -> client.shutdownAsync(0, millis, TimeUnit.MILLISECONDS))
                // Lettuce waits for its timer's thread to end.
                .then(Mono.fromRunnable(() -> resources.shutdown(0, millis, TimeUnit.MILLISECONDS))
                        .subscribeOn(Schedulers.boundedElastic()))
                .then(Mono.<Void>fromRunnable(() -> loops.shutdown(0, millis, TimeUnit.MILLISECONDS)))
                .onErrorComplete();
    }
}
