package io.percolate.gateway.proxy.engine.relay;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One request and its answer, between a client's connection and a server's, both on one event loop. */
final class RelayExchange {
    private static final Set<HttpMethod> REPEATABLE =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.PUT, HttpMethod.DELETE);

    private final ClientSide client;
    private final ServerConnections servers;
    private final RelayVerdict.Pass pass;
    private final HttpRequest request;
    private final @Nullable String upgrade;

    private @Nullable Channel server;
    private @Nullable ChannelFuture connecting;
    private @Nullable Future<?> late;
    /** Whether the connection was used before, so that the server may just have closed it. */
    private boolean reused;
    /** Whether the request can be sent again: nothing of its body has gone anywhere. */
    private boolean repeatable;

    private boolean requestEnded;
    private boolean informational;
    private boolean switching;
    private boolean serverStays;
    private int status = RelayVisit.BROKEN_OFF;
    private boolean over;

    /** @param headers of the request as it goes on */
    RelayExchange(
            ClientSide client,
            ServerConnections servers,
            RelayVerdict.Pass pass,
            HttpRequest received,
            HttpHeaders headers) {
        this.client = client;
        this.servers = servers;
        this.pass = pass;
        this.upgrade = HttpUtil.isTransferEncodingChunked(received) || HttpUtil.getContentLength(received, 0L) > 0
                ? null
                : RelayHeaders.upgrade(received);
        this.request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, received.method(), pass.target(), headers);
        if (upgrade != null) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            headers.set(HttpHeaderNames.UPGRADE, upgrade);
        }
        this.repeatable = upgrade == null
                && REPEATABLE.contains(received.method())
                && !HttpUtil.isTransferEncodingChunked(received)
                && HttpUtil.getContentLength(received, 0L) == 0;
    }

    void start() {
        Channel kept = repeatable ? servers.take(pass.server()) : null;
        if (kept == null) {
            connect();
        } else {
            reused = true;
            attach(kept);
        }
    }

    private void connect() {
        reused = false;
        ChannelFuture future = servers.connect(pass.server());
        connecting = future;
        future.addListener(connected -> {
            connecting = null;
            if (over) {
                future.channel().close();
            } else if (connected.isSuccess()) {
                attach(future.channel());
            } else {
                fail(isRefused(connected.cause()) ? RelayFault.REFUSED : RelayFault.UNREACHABLE);
            }
        });
    }

    private static boolean isRefused(Throwable cause) {
        return cause instanceof ConnectException && !(cause instanceof ConnectTimeoutException);
    }

    private void attach(Channel channel) {
        server = channel;
        channel.pipeline().get(ServerSide.class).serve(this);
        channel.write(request);
        if (requestEnded) {
            channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            awaitAnswer();
        } else {
            channel.flush();
            client.read();
        }
        channel.read();
    }

    /** Whether the client's next message must not be read before this exchange is over. */
    boolean mayLeaveHttp() {
        return upgrade != null;
    }

    /** A part of the request's body; takes it. */
    void requestContent(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        if (last) {
            requestEnded = true;
        }
        if (content.content().isReadable()) {
            repeatable = false;
        }
        Channel to = server;
        if (over || to == null) {
            content.release();
            return;
        }
        to.writeAndFlush(content);
        if (last) {
            awaitAnswer();
        } else if (to.isWritable()) {
            client.read();
        }
    }

    void serverWritable() {
        if (!over && !requestEnded && server != null && server.isWritable()) {
            client.read();
        }
    }

    void clientWritable() {
        if (!over && server != null) {
            server.read();
        }
    }

    void answerHead(HttpResponse head) {
        if (over) {
            return;
        }
        if (head.decoderResult().isFailure()) {
            fail(RelayFault.ANSWER_MALFORMED);
            return;
        }
        HttpResponseStatus answered = head.status();
        if (answered.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            if (upgrade == null || !requestEnded) {
                fail(RelayFault.ANSWER_MALFORMED);
            } else {
                switching = true;
                client.write(switched(head));
                client.write(LastHttpContent.EMPTY_LAST_CONTENT);
                // The decoder sees no end of some of these answers, and is in the middle of its work.
                client.loop().execute(this::leaveHttp);
            }
        } else if (answered.codeClass() == HttpStatusClass.INFORMATIONAL) {
            informational = true;
            if (client.takesInformational()) {
                client.write(
                        new DefaultHttpResponse(HttpVersion.HTTP_1_1, answered, RelayHeaders.passing(head.headers())));
            }
        } else {
            answer(head);
        }
    }

    private void answer(HttpResponse head) {
        stopWaiting();
        status = head.status().code();
        serverStays = HttpUtil.isKeepAlive(head) && head.protocolVersion().equals(HttpVersion.HTTP_1_1);
        HttpHeaders headers = RelayHeaders.passing(head.headers());
        boolean bodyless = request.method().equals(HttpMethod.HEAD)
                || head.status().equals(HttpResponseStatus.NO_CONTENT)
                || head.status().equals(HttpResponseStatus.NOT_MODIFIED);
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        boolean ended = headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        client.answerBegins(new DefaultHttpResponse(HttpVersion.HTTP_1_1, head.status(), headers), bodyless || ended);
    }

    private static HttpResponse switched(HttpResponse head) {
        HttpHeaders headers = RelayHeaders.passing(head.headers());
        headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        String protocol = head.headers().get(HttpHeaderNames.UPGRADE);
        if (protocol != null) {
            headers.set(HttpHeaderNames.UPGRADE, protocol);
        }
        return new DefaultHttpResponse(HttpVersion.HTTP_1_1, head.status(), headers);
    }

    /** A part of the answer's body; takes it. */
    void answerContent(HttpContent content) {
        if (over) {
            content.release();
            return;
        }
        if (content.decoderResult().isFailure()) {
            content.release();
            breakOff();
            return;
        }
        boolean last = content instanceof LastHttpContent;
        if (switching) {
            content.release();
        } else if (informational) {
            informational = !last;
            if (client.takesInformational()) {
                client.write(content);
            } else {
                content.release();
            }
        } else if (last) {
            finish(content);
        } else {
            client.write(content);
        }
    }

    void answerRead() {
        if (over) {
            return;
        }
        client.flush();
        if (client.isWritable() && server != null) {
            server.read();
        }
    }

    void serverGone() {
        if (over) {
            return;
        }
        server = null;
        if (status != RelayVisit.BROKEN_OFF || switching) {
            breakOff();
        } else if (reused && repeatable) {
            stopWaiting();
            connect();
        } else {
            fail(RelayFault.BROKEN_OFF);
        }
    }

    void clientGone() {
        if (!over) {
            end();
            closeServer();
        }
    }

    private void finish(HttpContent last) {
        end();
        client.write(last);
        client.flush();
        Channel from = Objects.requireNonNull(server);
        from.pipeline().get(ServerSide.class).serve(null);
        if (serverStays && requestEnded) {
            servers.keep(pass.server(), from);
        } else {
            from.close();
        }
        client.exchangeEnded();
    }

    private void fail(RelayFault fault) {
        status = client.refuse(fault);
        end();
        closeServer();
        client.exchangeEnded();
    }

    /** The answer has begun and cannot be ended: a broken connection is the only honest end left. */
    private void breakOff() {
        end();
        closeServer();
        client.close();
    }

    private void end() {
        over = true;
        stopWaiting();
        pass.visit().ended(status);
    }

    private void closeServer() {
        if (connecting != null) {
            connecting.cancel(false);
        }
        if (server != null) {
            server.close();
        }
    }

    private void leaveHttp() {
        if (over) {
            return;
        }
        Channel to = Objects.requireNonNull(server);
        over = true;
        stopWaiting();
        client.flush();
        status = HttpResponseStatus.SWITCHING_PROTOCOLS.code();
        boolean[] ended = {false};
        Runnable once = () -> {
            if (!ended[0]) {
                ended[0] = true;
                pass.visit().ended(status);
            }
        };
        Channel from = client.leaveHttp(new RelayTunnelEnd(to, once));
        to.pipeline().addLast(new RelayTunnelEnd(from, once));
        to.pipeline().remove(ServerSide.class);
        to.pipeline().remove(io.netty.handler.codec.http.HttpClientCodec.class);
        to.config().setAutoRead(true);
        from.config().setAutoRead(true);
    }

    private void awaitAnswer() {
        if (!pass.answerMax().isZero() && late == null && status == RelayVisit.BROKEN_OFF) {
            late = client.loop()
                    .schedule(() -> fail(RelayFault.LATE), pass.answerMax().toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void stopWaiting() {
        if (late != null) {
            late.cancel(false);
            late = null;
        }
    }
}
