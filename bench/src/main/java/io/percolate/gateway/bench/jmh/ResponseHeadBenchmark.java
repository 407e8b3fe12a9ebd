package io.percolate.gateway.bench.jmh;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.HeadBytes;
import io.percolate.gateway.proxy.engine.http1.ResponseHead;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does the head of a pod's answer take: check, cleaning, writing as the client shall see it? */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ResponseHeadBenchmark {
    private final HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    private final HeadBytes out = new HeadBytes();

    @Setup
    public void prepare() {
        response.headers()
                .set("Content-Type", "application/json")
                .set("Content-Length", "200")
                .set("Cache-Control", "private, max-age=0")
                .set("ETag", "\"5f2b-9c1\"")
                .set("Connection", "keep-alive")
                .set("Keep-Alive", "timeout=60")
                .set("Date", "Tue, 03 Nov 2026 10:00:00 GMT");
    }

    @Benchmark
    public HeadBytes checkCleanWrite() {
        return Objects.requireNonNull(ResponseHead.checked(response, HttpMethod.GET))
                .write(out, BodyFraming.LENGTH, "6f1c2a9be04d4c17", ResponseHead.Connection.KEPT);
    }
}
