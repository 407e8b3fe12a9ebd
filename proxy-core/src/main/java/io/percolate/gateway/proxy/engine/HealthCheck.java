package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.util.concurrent.Future;
import io.percolate.gateway.proxy.resilience.HealthConfig;
import io.percolate.gateway.proxy.resilience.PodGuard;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One question to a pod whether it is well, on a connection of its own, in whatever its tier speaks. On the event loop
 * only.
 */
final class HealthCheck {
    /** How a pod is. */
    enum Verdict {
        /** It answers, and not by 5xx: whatever else it says, it is there. */
        WELL,
        ILL,
        /** No secure connection came about, which is nothing about the pod that a rest would heal. */
        UNKNOWN
    }

    private static final Logger LOG = LoggerFactory.getLogger(HealthCheck.class);
    private static final int SERVER_ERRORS = 500;
    private static final String USER_AGENT = "percolate-gateway";

    private final EdgeLoop loop;
    private final PodGuard pod;
    private final HealthConfig config;
    private final Consumer<Verdict> told;
    private final PodProtocol protocol;
    private @Nullable Channel channel;
    private @Nullable Future<?> timeout;
    private boolean over;

    /** @param told hears of the verdict once, later */
    HealthCheck(EdgeLoop loop, PodGuard pod, HealthConfig config, Consumer<Verdict> told) {
        this.loop = loop;
        this.pod = pod;
        this.config = config;
        this.told = told;
        this.protocol = loop.protocol(pod.tier().tier());
    }

    void begin() {
        timeout = loop.eventLoop()
                .schedule(
                        () -> end(Verdict.ILL, "no answer in time"),
                        config.timeout().toNanos(),
                        TimeUnit.NANOSECONDS);
        ChannelFuture opening = loop.connector()
                .clone()
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel opened) {
                        protocol.secure(opened, pod.address());
                    }
                })
                .connect(UpstreamPool.socketAddress(pod.address()));
        channel = opening.channel();
        opening.addListener(opened -> {
            if (over) {
                opening.channel().close();
            } else if (opened.cause() != null) {
                end(Verdict.ILL, String.valueOf(opened.cause()));
            } else {
                protocol.whenSecure(opening.channel(), failure -> {
                    if (failure != null) {
                        end(Verdict.UNKNOWN, failure.toString());
                    } else if (!over) {
                        ask(opening.channel());
                    }
                });
            }
        });
    }

    private void ask(Channel on) {
        if (protocol.wire().isMultiplexed()) {
            on.pipeline()
                    .addLast(
                            Http2FrameCodecBuilder.forClient().build(),
                            new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
            new Http2StreamChannelBootstrap(on)
                    .handler(new Answer())
                    .open()
                    .addListener((Future<Http2StreamChannel> opened) -> {
                        if (opened.isSuccess()) {
                            opened.getNow()
                                    .writeAndFlush(new DefaultHttp2HeadersFrame(
                                            new DefaultHttp2Headers()
                                                    .method("GET")
                                                    .scheme(protocol.wire().isEncrypted() ? "https" : "http")
                                                    .authority(pod.address().toString())
                                                    .path(config.path())
                                                    .add("user-agent", USER_AGENT),
                                            true));
                        }
                    });
        } else {
            on.pipeline().addLast(new HttpClientCodec(), new Answer());
            HttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, config.path());
            request.headers()
                    .set(HttpHeaderNames.HOST, pod.address().toString())
                    .set(HttpHeaderNames.USER_AGENT, USER_AGENT)
                    .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            on.writeAndFlush(request);
        }
    }

    private void answered(int status) {
        end(status < SERVER_ERRORS ? Verdict.WELL : Verdict.ILL, "status " + status);
    }

    private void end(Verdict verdict, String why) {
        if (over) {
            return;
        }
        over = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
        if (channel != null) {
            channel.close();
        }
        if (verdict != Verdict.WELL) {
            LOG.debug("health check of pod {}: {}, {}", pod.address(), verdict, why);
        }
        told.accept(verdict);
    }

    /** Waits for the head of the answer, or the end of the connection. */
    private final class Answer extends SimpleChannelInboundHandler<Object> {
        @Override
        protected void channelRead0(ChannelHandlerContext on, Object message) {
            if (message instanceof HttpResponse response) {
                answered(
                        response.decoderResult().isSuccess() ? response.status().code() : SERVER_ERRORS);
            } else if (message instanceof Http2HeadersFrame frame) {
                CharSequence status = frame.headers().status();
                answered(
                        status != null && status.toString().matches("[1-5]\\d\\d")
                                ? Integer.parseInt(status.toString())
                                : SERVER_ERRORS);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext on) {
            end(Verdict.ILL, "the connection ended without an answer");
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext on, Throwable cause) {
            end(Verdict.ILL, cause.toString());
        }
    }
}
