package io.percolate.gateway.warmup.pod;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelOption;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/**
 * Control calls to tier pods over HTTP/1.1, on pooled connections of their own, apart from the tenants' traffic.
 *
 * <p>Answers complete on the client's event loops. Closing ends idle and active connections.
 */
public final class TierPodClient implements TierPods, PodInventory, AutoCloseable {
    /** Of an inventory, which has a line of some 200 bytes for each tenant on disk. */
    private static final int INVENTORY_BYTES_MAX = 16 << 20;
    /** Calls to one pod that may wait for a connection, as a multiple of the connections. */
    private static final int WAITING_CALLS_PER_CONNECTION = 64;
    /** Calls that a pod keeps waiting at once, as a multiple of the control connections. */
    private static final int KEPT_WAITING_PER_CONNECTION = 4;
    /** Shorter than any server's idle timeout in use, so that a call seldom meets a connection being closed. */
    private static final Duration IDLE_MAX = Duration.ofSeconds(5);
    /** A pod that was not called for this long loses its pool, within one interval. */
    private static final Duration UNUSED_POOL_MAX = Duration.ofMinutes(1);

    private static final Duration UNUSED_POOLS_LOOKED_FOR = Duration.ofSeconds(10);
    private static final int OK = 200;
    private static final String STAGED = "/staged";

    private final PodConfig config;
    private final WaitingCalls waiting;
    private final ConnectionProvider connections;
    /** Their own, so that loads and evictions never queue behind calls that a pod keeps waiting. */
    private final ConnectionProvider waitingConnections;

    private final HttpClient http;
    private final HttpClient waitingHttp;

    public TierPodClient(PodConfig config) {
        this.config = config;
        this.waiting = new WaitingCalls(config.connectionsMax() * KEPT_WAITING_PER_CONNECTION);
        this.connections = pool("tier-pod-control", config.connectionsMax());
        this.waitingConnections = pool("tier-pod-waiting", config.connectionsMax() * KEPT_WAITING_PER_CONNECTION);
        this.http = client(connections);
        this.waitingHttp = client(waitingConnections);
    }

    private ConnectionProvider pool(String name, int connectionsMax) {
        return ConnectionProvider.builder(name)
                .maxConnections(connectionsMax)
                .pendingAcquireMaxCount(connectionsMax * WAITING_CALLS_PER_CONNECTION)
                .pendingAcquireTimeout(config.callTimeout())
                .maxIdleTime(IDLE_MAX)
                .disposeInactivePoolsInBackground(UNUSED_POOLS_LOOKED_FOR, UNUSED_POOL_MAX)
                .build();
    }

    private HttpClient client(ConnectionProvider pool) {
        return HttpClient.create(pool)
                .option(
                        ChannelOption.CONNECT_TIMEOUT_MILLIS,
                        Math.toIntExact(config.connectTimeout().toMillis()))
                .headers(headers ->
                        headers.set("User-Agent", "percolate-gateway").set("Accept", "application/json"));
    }

    @Override
    public Mono<PodAnswer.ToLoad> load(PodAddress pod, TenantId tenant, long epoch, @Nullable String restoreFrom) {
        String body = PodAnswerReader.loadBody(restoreFrom);
        return withEpoch(epoch)
                .headers(headers -> headers.set("Content-Type", "application/json"))
                .put()
                .uri(tenantUrl(pod, tenant))
                .send(ByteBufMono.fromString(Mono.just(body)))
                .response((response, content) -> answer(response, content, PodAnswerReader::load))
                .next()
                .transform(call -> bounded(call, config.callTimeout()))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant) {
        return http.get()
                .uri(tenantUrl(pod, tenant))
                .response((response, content) ->
                        answer(response, content, (status, body) -> PodAnswerReader.probe(tenant, status, body)))
                .next()
                .transform(call -> bounded(call, config.callTimeout()))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public Mono<PodAnswer.ToProbe> probe(PodAddress pod, TenantId tenant, Duration waitMax) {
        return Mono.defer(() -> {
            if (waitMax.isZero() || !waiting.begin(pod)) {
                return probe(pod, tenant);
            }
            return waitingHttp
                    .get()
                    .uri(tenantUrl(pod, tenant) + "?wait=" + waitMax.toMillis())
                    .response((response, content) ->
                            answer(response, content, (status, body) -> PodAnswerReader.probe(tenant, status, body)))
                    .next()
                    .doFinally(end -> waiting.end(pod))
                    .transform(call -> bounded(call, waitMax.plus(config.callTimeout())))
                    .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
        });
    }

    @Override
    public Mono<PodAnswer.ToEvict> evict(PodAddress pod, TenantId tenant, long epoch, Keep keep) {
        return withEpoch(epoch)
                .delete()
                .uri(tenantUrl(pod, tenant) + "?keep=" + keep.query())
                .response((response, content) ->
                        answer(response, content, (status, body) -> PodAnswerReader.evict(epoch, status, body)))
                .next()
                .transform(call -> bounded(call, config.evictTimeout()))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public Mono<PodAnswer.ToSnapshot> snapshot(PodAddress pod, TenantId tenant, long epoch) {
        return withEpoch(epoch)
                .put()
                .uri(tenantUrl(pod, tenant) + "/snapshot")
                .response((response, content) ->
                        answer(response, content, (status, body) -> PodAnswerReader.snapshot(epoch, status, body)))
                .next()
                .transform(call -> bounded(call, config.snapshotTimeout()))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public Mono<Boolean> isAlive(PodAddress pod) {
        return http.get()
                .uri("http://" + pod + "/health")
                .response((response, content) -> body(content, config.answerBytesMax())
                        .thenReturn(response.status().code() == OK))
                .next()
                .transform(call -> bounded(call, config.callTimeout()))
                .onErrorReturn(false);
    }

    @Override
    public Mono<PodInventory.Listing> list(PodAddress pod) {
        return http.get()
                .uri("http://" + pod + "/internal/tenants")
                .response((response, content) -> body(content, INVENTORY_BYTES_MAX)
                        .map(body -> PodAnswerReader.inventory(response.status().code(), body)))
                .next()
                .transform(call -> bounded(call, config.evictTimeout()))
                .onErrorResume(error -> Mono.just(new PodInventory.NotListed(detail(error))));
    }

    @Override
    public Mono<PodAnswer.ToStage> stage(PodAddress pod, TenantId tenant, long epoch, String from, Duration timeout) {
        String body = PodAnswerReader.stageBody(from);
        return withEpoch(epoch)
                .headers(headers -> headers.set("Content-Type", "application/json"))
                .put()
                .uri(tenantUrl(pod, tenant) + STAGED)
                .send(ByteBufMono.fromString(Mono.just(body)))
                .response((response, content) -> answer(response, content, PodAnswerReader::stage))
                .next()
                .transform(call -> bounded(call, timeout))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public Mono<PodAnswer.ToStage> unstage(PodAddress pod, TenantId tenant, long epoch) {
        return withEpoch(epoch)
                .delete()
                .uri(tenantUrl(pod, tenant) + STAGED)
                .response((response, content) -> answer(response, content, PodAnswerReader::stage))
                .next()
                .transform(call -> bounded(call, config.callTimeout()))
                .onErrorResume(error -> Mono.just(new PodAnswer.Unreachable(detail(error))));
    }

    @Override
    public void close() {
        connections.dispose();
        waitingConnections.dispose();
    }

    private HttpClient withEpoch(long epoch) {
        return http.headers(headers -> headers.set("X-Placement-Epoch", epoch));
    }

    private static String tenantUrl(PodAddress pod, TenantId tenant) {
        return "http://" + pod + "/internal/tenants/" + tenant;
    }

    /**
     * Goes on to its end when its caller goes away: each call is safe to have happened, and a connection in the middle of an
     * answer cannot be used again.
     */
    private static <A> Mono<A> bounded(Mono<A> call, Duration timeout) {
        Mono<A> whole = call.timeout(timeout)
                .onErrorMap(
                        TimeoutException.class,
                        late -> new TimeoutException("no answer in " + timeout.toMillis() + " ms"))
                .switchIfEmpty(Mono.error(() -> new IllegalStateException("the pod's answer ended before it began")));
        return Mono.defer(() -> Mono.fromFuture(whole.toFuture(), true));
    }

    private <A> Mono<A> answer(HttpClientResponse response, ByteBufFlux content, Reading<A> reading) {
        return body(content, config.answerBytesMax())
                .map(body -> reading.read(response.status().code(), body));
    }

    private static Mono<byte[]> body(Flux<ByteBuf> content, int bytesMax) {
        return content.map(ByteBufUtil::getBytes)
                .collect(ByteArrayOutputStream::new, (all, part) -> {
                    if (all.size() + part.length > bytesMax) {
                        throw new IllegalStateException("the pod's answer is longer than " + bytesMax + " bytes");
                    }
                    all.writeBytes(part);
                })
                .map(ByteArrayOutputStream::toByteArray);
    }

    private static String detail(Throwable error) {
        String message = error.getMessage();
        return message == null ? error.getClass().getSimpleName() : message;
    }

    /** Makes an answer of a status and a body. */
    private interface Reading<A> {
        A read(int status, byte[] body);
    }
}
