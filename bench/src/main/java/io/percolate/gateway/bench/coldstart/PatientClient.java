package io.percolate.gateway.bench.coldstart;

import io.percolate.gateway.bench.pod.TenantAnswers;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Sends requests through any of the gateways, and again through another where told to come back, until it is answered. */
final class PatientClient {
    private static final Duration PATIENCE = Duration.ofSeconds(100);
    private static final Pattern PROBLEM = Pattern.compile("urn:percolate:problem:([a-z-]+)");
    private static final long RETRY_MILLIS_MAX = 2_000;

    private final HttpClient http;
    private final ColdStartRig rig;
    private final List<URI> gateways;
    private final Map<String, LongAdder> repeated = new ConcurrentHashMap<>();

    PatientClient(ColdStartRig rig) {
        this.rig = rig;
        this.http = rig.http();
        this.gateways = rig.gateways().stream().map(ColdStartRig.Node::url).toList();
    }

    /**
     * How a request was answered at last.
     *
     * @param status 0 when it never was
     * @param hotMicros how long its tenant had been in the pod's memory when the request came to it; -1 where the pod does not tell
     * @param retries answers and broken connections before that one
     */
    record Outcome(
            TenantId tenant, int status, String body, String serverTiming, long hotMicros, long nanos, int retries) {
        boolean isAnswered() {
            return status >= 200 && status < 300;
        }
    }

    /** Why requests were sent again, and how often. */
    Map<String, Long> repeated() {
        Map<String, Long> counts = new TreeMap<>();
        repeated.forEach((why, count) -> counts.put(why, count.sum()));
        return counts;
    }

    private static String why(@Nullable HttpResponse<String> answer, @Nullable Throwable cause) {
        if (answer == null) {
            return cause == null ? "no answer" : cause.getClass().getSimpleName();
        }
        Matcher problem = PROBLEM.matcher(answer.body());
        return answer.statusCode() + (problem.find() ? " " + problem.group(1) : "");
    }

    CompletableFuture<Outcome> send(TenantId tenant, String method, String path, String body) {
        return sendThrough(any(), tenant, method, path, body);
    }

    /** By this gateway first, then by any. */
    CompletableFuture<Outcome> sendThrough(URI gateway, TenantId tenant, String method, String path, String body) {
        return attempt(gateway, new Request(tenant, rig.token(tenant), method, path, body, System.nanoTime()), 0);
    }

    private URI any() {
        return gateways.get(ThreadLocalRandom.current().nextInt(gateways.size()));
    }

    private record Request(TenantId tenant, String token, String method, String path, String body, long startNanos) {}

    private CompletableFuture<Outcome> attempt(URI gateway, Request request, int retries) {
        HttpRequest sent = HttpRequest.newBuilder(gateway.resolve(request.path()))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + request.token())
                .method(
                        request.method(),
                        request.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(request.body()))
                .build();
        return http.sendAsync(sent, BodyHandlers.ofString())
                .handle((answer, error) -> next(request, answer, error, retries))
                .thenCompose(next -> next);
    }

    private CompletableFuture<Outcome> next(
            Request request, @Nullable HttpResponse<String> answer, @Nullable Throwable error, int retries) {
        long took = System.nanoTime() - request.startNanos();
        if (answer != null && answer.statusCode() < 500) {
            return CompletableFuture.completedFuture(new Outcome(
                    request.tenant(),
                    answer.statusCode(),
                    answer.body(),
                    answer.headers().firstValue("Server-Timing").orElse(""),
                    answer.headers().firstValueAsLong(TenantAnswers.HOT_MICROS).orElse(-1),
                    took,
                    retries));
        }
        Throwable cause = error instanceof CompletionException wrapped ? wrapped.getCause() : error;
        if (took > PATIENCE.toNanos() || (cause != null && !(cause instanceof IOException))) {
            return CompletableFuture.completedFuture(new Outcome(
                    request.tenant(),
                    0,
                    answer == null ? String.valueOf(cause) : answer.body(),
                    "",
                    -1,
                    took,
                    retries));
        }
        repeated.computeIfAbsent(why(answer, cause), key -> new LongAdder()).increment();
        long told = answer == null
                ? 0
                : answer.headers().firstValueAsLong("Retry-After").orElse(1) * 1_000;
        long wait = ThreadLocalRandom.current().nextLong(50, Math.clamp(told, 100, RETRY_MILLIS_MAX) + 1);
        Executor later = CompletableFuture.delayedExecutor(wait, TimeUnit.MILLISECONDS);
        return CompletableFuture.supplyAsync(() -> attempt(any(), request, retries + 1), later)
                .thenCompose(next -> next);
    }
}
