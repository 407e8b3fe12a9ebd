package io.percolate.gateway.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.proxy.engine.http1.FixedFields;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.HeadBytes;
import io.percolate.gateway.proxy.engine.http1.RequestDecoder;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.proxy.engine.http1.RequestOrigin;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does the head of a request take: its decoding alone, and its check, cleaning and writing as the pod shall see it?
 * It is a browser's, of some 1,200 bytes with a token of 670, and some spoofed fields that must not pass.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class RequestHeadBenchmark {
    private static final int HEADERS_MAX = 100;
    static final String HEAD = "GET /api/v1/items?limit=50&sort=name HTTP/1.1\r\n"
            + "Host: edge.bench.test\r\n"
            + "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
            + "Accept: application/json, text/plain, */*\r\n"
            + "Accept-Language: en-GB,en;q=0.8,de;q=0.5\r\n"
            + "Accept-Encoding: gzip, deflate, br, zstd\r\n"
            + "Authorization: Bearer " + "e".repeat(670) + "\r\n"
            + "X-Tenant-Id: 00000000-0000-0000-0000-000000000000\r\n"
            + "X-Forwarded-For: 203.0.113.7\r\n"
            + "Connection: keep-alive\r\n"
            + "Referer: https://app.bench.test/items\r\n"
            + "Cookie: theme=dark; locale=en\r\n"
            + "\r\n";

    private final RequestDecoder decoder = new RequestDecoder(8 << 10, 64 << 10, 64 << 10);
    private final EmbeddedChannel channel = new EmbeddedChannel(decoder);
    private final ByteBuf bytes =
            Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(HEAD.length())
                    .put(HEAD.getBytes(StandardCharsets.US_ASCII))
                    .flip()));
    private static final AsciiString TIMEOUT_HEADER = AsciiString.cached("X-Request-Timeout-Ms");

    private final HeadBytes out = new HeadBytes();
    private final TenantId tenant = Tenants.ids(1).getFirst();
    private HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");

    @Setup
    public void prepare() {
        request = parse();
    }

    @Benchmark
    public HttpRequest parse() {
        channel.writeInbound(bytes.retainedDuplicate());
        HttpRequest head = Objects.requireNonNull(channel.readInbound());
        for (Object rest = channel.readInbound(); rest != null; rest = channel.readInbound()) {
            ReferenceCountUtil.release(rest);
        }
        decoder.resume();
        return head;
    }

    @Benchmark
    public HeadBytes checkCleanWrite() {
        RequestHead head = new RequestHead(request);
        Failure failure = head.check(HEADERS_MAX, false);
        if (failure != null) {
            throw failure.toException();
        }
        return new ForwardedRequest(
                        head,
                        tenant,
                        Tier.B,
                        17,
                        FixedFields.NONE,
                        "127.0.0.1:8000",
                        "6f1c2a9be04d4c17",
                        new RequestOrigin("192.0.2.1", false, false, null),
                        false,
                        false,
                        1,
                        2,
                        3,
                        null,
                        TIMEOUT_HEADER,
                        -1)
                .write(out);
    }
}
