package io.percolate.gateway.bench.faults;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** What a stand-in pod answers on one connection, unless something is wrong with it. */
final class FaultPodTraffic extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final String TENANTS = "/internal/tenants/";
    private static final String EPOCH = "X-Placement-Epoch";
    private static final int BODY_BYTES = 1_000;
    private static final String BODY = "b".repeat(BODY_BYTES);
    private static final int FAILING_EACH = 10;
    private static final int SLOWER = 10;

    private final Supplier<PodFault> fault;
    private final int delayMillis;
    private final Epochs epochs;

    FaultPodTraffic(Supplier<PodFault> fault, int delayMillis, Epochs epochs) {
        this.fault = fault;
        this.delayMillis = delayMillis;
        this.epochs = epochs;
    }

    /** The epochs that the pods of a process were told, and how many requests they have had. */
    static final class Epochs {
        private final Map<String, String> byTenant = new ConcurrentHashMap<>();
        private final AtomicInteger requests = new AtomicInteger();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        PodFault now = fault.get();
        if (now == PodFault.SILENT) {
            return;
        }
        String path = request.uri();
        if (path.startsWith(TENANTS)) {
            String tenant = path.substring(TENANTS.length());
            String told = request.headers().get(EPOCH);
            if (told != null) {
                epochs.byTenant.put(tenant, told);
            }
            String epoch = epochs.byTenant.getOrDefault(tenant, "1");
            context.writeAndFlush(
                    answer(200, "{\"tenant\":\"" + tenant + "\",\"state\":\"hot\",\"epoch\":" + epoch + "}"));
        } else if (path.equals("/health") || path.equals("/ready")) {
            context.writeAndFlush(answer(200, "{}"));
        } else {
            int number = epochs.requests.incrementAndGet();
            int millis = now == PodFault.SLOW ? SLOWER * delayMillis : delayMillis;
            context.executor().schedule(() -> traffic(context, now, number), millis, TimeUnit.MILLISECONDS);
        }
    }

    private static void traffic(ChannelHandlerContext context, PodFault now, int number) {
        switch (now) {
            case ERRORS -> context.writeAndFlush(answer(number % FAILING_EACH == 0 ? 500 : 200, BODY));
            case RESET -> {
                HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                head.headers().set(HttpHeaderNames.CONTENT_LENGTH, 2 * BODY_BYTES);
                context.write(head);
                context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                context.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(BODY, StandardCharsets.US_ASCII)))
                        .addListener(written ->
                                context.executor().schedule(() -> context.close(), 1, TimeUnit.MILLISECONDS));
            }
            case NONE, SLOW, SILENT, REFUSING -> context.writeAndFlush(answer(200, BODY));
        }
    }

    static FullHttpResponse answer(int status, String body) {
        DefaultFullHttpResponse answer = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(status),
                Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII));
        answer.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length())
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        return answer;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
