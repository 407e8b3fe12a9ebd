package io.percolate.gateway.proxy.engine.relay;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpClientCodec;
import io.percolate.gateway.proxy.engine.Transport;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Connections of one event loop to servers; those that are idle are kept for a while. Used on that loop only. */
final class ServerConnections {
    private static final int IDLE_MAX = 32;

    private final RelayConfig config;
    private final Bootstrap bootstrap;
    private final EventLoop loop;
    private final Map<SocketAddress, Deque<Channel>> idle = new HashMap<>();

    ServerConnections(RelayConfig config, Transport transport, EventLoop loop) {
        this.config = config;
        this.loop = loop;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(transport.client())
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(config.connectTimeout().toMillis()))
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.AUTO_READ, false)
                // An answer that came before the request was taken whole is read, although the rest cannot be written.
                .option(ChannelOption.AUTO_CLOSE, false)
                .handler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(new HttpClientCodec(
                                        RelayServer.LINE_BYTES_MAX,
                                        RelayServer.HEADER_BYTES_MAX,
                                        RelayServer.CHUNK_BYTES_MAX))
                                .addLast(new ServerSide());
                    }
                });
    }

    ChannelFuture connect(SocketAddress server) {
        return bootstrap.connect(server);
    }

    /** A connection that was idle; null when there is none. */
    @Nullable
    Channel take(SocketAddress server) {
        Deque<Channel> kept = idle.get(server);
        while (kept != null && !kept.isEmpty()) {
            Channel channel = kept.removeLast();
            if (channel.isActive()) {
                return channel;
            }
        }
        return null;
    }

    /** Keeps a connection whose last answer is whole. */
    void keep(SocketAddress server, Channel channel) {
        Deque<Channel> kept = idle.computeIfAbsent(server, address -> new ArrayDeque<>());
        if (kept.size() >= IDLE_MAX || !channel.isActive()) {
            channel.close();
            return;
        }
        kept.addLast(channel);
        // Else nobody would notice that it is closed.
        channel.read();
        loop.schedule(
                () -> {
                    if (kept.remove(channel)) {
                        channel.close();
                    }
                },
                config.serverIdleMax().toNanos(),
                TimeUnit.NANOSECONDS);
    }

    void close() {
        idle.values().forEach(kept -> kept.forEach(Channel::close));
        idle.clear();
    }
}
