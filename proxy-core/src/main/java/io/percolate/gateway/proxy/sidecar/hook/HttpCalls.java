package io.percolate.gateway.proxy.sidecar.hook;

import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpMethod;
import io.percolate.gateway.proxy.pod.data.Spool;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/** Hooks that are endpoints of the application: 2xx is done; 409 means busy where the tenant is to be evicted. */
final class HttpCalls implements HookCalls<Hook.Http> {
    private static final int CONNECT_MILLIS_MAX = 1_000;
    private static final int SHOWN_BYTES_MAX = 500;
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;
    private static final String UNKNOWN_TYPE = "application/octet-stream";

    private final HttpClient http;
    private final Scheduler blocking;

    HttpCalls(LoopResources loops, Scheduler blocking) {
        this.blocking = blocking;
        this.http = HttpClient.create(ConnectionProvider.newConnection())
                .runOn(loops)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX);
    }

    @Override
    public Mono<String> call(Hook.Http hook, Call call) {
        String url = hook.template()
                .replace("{tenant}", call.tenant().toString())
                .replace("{epoch}", Long.toString(call.epoch()));
        String what = call.name().method() + " " + url;
        return http.headers(headers -> {
                    headers.set("X-Tenant-Id", call.tenant().toString()).set("X-Placement-Epoch", call.epoch());
                    if (call.input() == null) {
                        headers.set("Content-Length", 0);
                    }
                })
                .request(HttpMethod.valueOf(call.name().method()))
                .uri(url)
                .send((request, out) ->
                        call.input() == null ? out : out.sendByteArray(Spool.read(call.input(), blocking)))
                .response((response, content) -> answer(what, call, response, content.asByteArray()))
                .next()
                .timeout(call.timeout(), Mono.error(() -> late(what, call.timeout())))
                .onErrorMap(
                        error -> !(error instanceof HookException),
                        error -> new HookException(what + ": " + error.getMessage()));
    }

    private Mono<String> answer(String what, Call call, HttpClientResponse response, Flux<byte[]> content) {
        int status = response.status().code();
        boolean done = status / 100 == 2 || (call.name() == HookName.DELETE && status == NOT_FOUND);
        if (!done) {
            return beginning(content).flatMap(text -> {
                String message = what + ": expected 2xx, got " + status + (text.isEmpty() ? "" : ": " + text);
                return Mono.error(
                        call.name() == HookName.EVICT && status == CONFLICT
                                ? new HookException.Busy(message)
                                : new HookException(message));
            });
        }
        Mono<Void> taken = call.output() == null
                ? content.then()
                : Spool.write(content, call.output(), call.outputBytesMax(), blocking);
        return taken.thenReturn(response.responseHeaders().get("Content-Type", UNKNOWN_TYPE));
    }

    /** What is shown of an answer that was not expected. */
    private static Mono<String> beginning(Flux<byte[]> content) {
        return content.scanWith(ByteArrayOutputStream::new, (all, part) -> {
                    all.write(part, 0, Math.min(part.length, SHOWN_BYTES_MAX - all.size()));
                    return all;
                })
                .takeUntil(all -> all.size() >= SHOWN_BYTES_MAX)
                .last()
                .map(all -> all.toString(StandardCharsets.UTF_8).strip());
    }

    static HookException late(String what, Duration timeout) {
        return new HookException(what + ": not done in " + timeout.toMillis() + " ms");
    }
}
