package io.percolate.gateway.context.store;

import static io.percolate.gateway.context.Awaited.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.Blobs;
import io.percolate.gateway.context.TcpProxy;
import io.percolate.gateway.context.keys.MemoryKeyRows;
import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.fixtures.S3Endpoint;
import io.percolate.gateway.fixtures.S3Fixture;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

class S3ContextStoreTest {
    private static final S3Endpoint S3 = S3Fixture.shared();

    private final TenantId tenant = new TenantId(UUID.randomUUID());
    private final ObjectName name = new ObjectName.ContextOf(tenant);

    @Test
    void aBucketThatIsThereIsFoundAndOneThatIsNotIsNamed() {
        try (S3ContextStore there = store(S3.endpoint(), S3Fixture.freshBucket());
                S3ContextStore missing = store(S3.endpoint(), "no-such-bucket")) {
            StepVerifier.create(there.check()).verifyComplete();
            assertThat(failure(missing.check()).operatorDetail()).contains("no-such-bucket", "no such bucket");
            assertThat(failure(missing.get(name)).operatorDetail()).contains("create the bucket");
        }
    }

    @Test
    void whatS3RefusesIsUnavailableWithWhatToCorrect() {
        try (ScriptedS3 s3 = new ScriptedS3();
                S3ContextStore store = store(s3.address(), "b")) {
            s3.then(403, "AccessDenied");
            assertThat(failure(store.get(name)).operatorDetail()).contains("s3:GetObject");
            s3.then(403, "SignatureDoesNotMatch");
            assertThat(failure(store.get(name)).operatorDetail()).contains("GATEWAY_S3_SECRET_KEY");
            s3.then(301, "PermanentRedirect", Map.of("x-amz-bucket-region", "eu-west-1"));
            assertThat(failure(store.get(name)).operatorDetail()).contains("another region, eu-west-1");
            s3.then(400, "AuthorizationHeaderMalformed", Map.of("x-amz-bucket-region", "eu-west-1"));
            assertThat(failure(store.get(name)).operatorDetail()).contains("another region, eu-west-1");
            s3.then(404, "NoSuchBucket");
            assertThat(failure(store.get(name)).retryAfter()).isNull();
            s3.then(404, "NoSuchKey");
            assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_ABSENT);
        }
    }

    @Test
    void anOverloadedS3IsAskedAgainAndThenLeftAlone() {
        try (ScriptedS3 s3 = new ScriptedS3();
                S3ContextStore store = store(s3.address(), "b")) {
            s3.then(503, "SlowDown").then(404, "NoSuchKey");
            assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_ABSENT);

            s3.then(503, "SlowDown").then(500, "InternalError");
            Failure failure = failure(store.get(name));
            assertThat(failure.kind()).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(1));
            assertThat(failure.operatorDetail()).contains("500 InternalError");
        }
    }

    @Test
    void eachFaultIsCountedByItsKindAndFaultsOfOneObjectLeaveTheOthersAlone() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (ScriptedS3 s3 = new ScriptedS3();
                S3ContextStore store = new S3ContextStore(config(s3.address(), "b"), registry)) {
            for (int i = 0; i < 2 * StoreCircuit.OUTAGES_MAX; i++) {
                s3.then(403, "AccessDenied");
                assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            }
            s3.then(301, "PermanentRedirect").then(404, "NoSuchBucket").then(403, "ExpiredToken");
            s3.then(503, "SlowDown")
                    .then(503, "SlowDown")
                    .then(500, "InternalError")
                    .then(500, "InternalError");
            for (int i = 0; i < 5; i++) {
                assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            }
            assertThat(registry.get("context.store.failures").counters().stream()
                            .collect(Collectors.toMap(
                                    counter -> counter.getId().getTag("fault"), counter -> (int) counter.count())))
                    .containsEntry("denied", 2 * StoreCircuit.OUTAGES_MAX)
                    .containsEntry("wrong_region", 1)
                    .containsEntry("no_bucket", 1)
                    .containsEntry("credentials", 1)
                    .containsEntry("throttled", 1)
                    .containsEntry("server_error", 1);
            assertThat(registry.get("context.store.circuit").gauge().value()).isZero();
        }
    }

    @Test
    void whenS3IsAwayForAllNobodyWaitsForItAnewUntilOneHasFoundItBack() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        AtomicLong nanos = new AtomicLong();
        try (TcpProxy proxy = new TcpProxy(S3.endpoint());
                S3ContextStore store = new S3ContextStore(
                        config(proxy.address(), S3Fixture.freshBucket()),
                        registry,
                        new StoreCircuit(nanos::get, () -> 0.5))) {
            proxy.silence();
            assertThat(Flux.range(0, StoreCircuit.OUTAGES_MAX)
                            .flatMap(i -> Mono.fromSupplier(() -> kind(store.get(fresh())))
                                    .subscribeOn(Schedulers.boundedElastic()))
                            .collectList()
                            .block(Duration.ofSeconds(30)))
                    .containsOnly(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            int asked = proxy.gets();

            Failure spared = failure(store.get(fresh()));
            assertThat(spared.operatorDetail()).contains("not asked");
            assertThat(spared.retryAfter()).isEqualTo(StoreCircuit.OPEN_MIN);
            assertThat(proxy.gets()).isEqualTo(asked);
            assertThat(registry.get("context.store.refused").counter().count()).isEqualTo(1);
            assertThat(registry.get("context.store.circuit").gauge().value()).isEqualTo(2);

            proxy.speak();
            nanos.addAndGet(StoreCircuit.OPEN_MIN.toNanos());
            assertThat(kind(store.get(fresh()))).isEqualTo(FailureKind.CONTEXT_ABSENT);
            assertThat(kind(store.get(fresh()))).isEqualTo(FailureKind.CONTEXT_ABSENT);
            assertThat(registry.get("context.store.circuit").gauge().value()).isZero();
        }
    }

    @Test
    void aSilentS3IsGivenUpInTime() {
        try (TcpProxy proxy = new TcpProxy(S3.endpoint());
                S3ContextStore store = store(proxy.address(), "b")) {
            proxy.silence();
            Failure failure = failure(store.get(name));
            assertThat(failure.kind()).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            assertThat(failure.operatorDetail()).contains("no answer within 500 ms");
            assertThat(proxy.gets()).isEqualTo(2);
            assertThat(kind(store.head(name))).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
        }
    }

    @Test
    void anS3ThatIsDownIsUnavailable() {
        try (TcpProxy proxy = new TcpProxy(S3.endpoint());
                S3ContextStore store = store(proxy.address(), "b")) {
            proxy.refuse();
            assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
        }
    }

    @Test
    void aTransferThatBreaksOffIsUnavailableAndNotForged() {
        String bucket = S3Fixture.freshBucket();
        byte[] content = new byte[1_000_000];
        new Random(1).nextBytes(content);
        try (TcpProxy proxy = new TcpProxy(S3.endpoint());
                Blobs blobs = Blobs.of(config(proxy.address(), bucket), new MemoryKeyRows())) {
            await(blobs.contexts().put(tenant, SecurityMode.NODE_BASED, "a/b", Flux.just(ByteBuffer.wrap(content)), 1));
            await(blobs.snapshots().put(tenant, 1, Flux.just(ByteBuffer.wrap(content))));

            proxy.cutAfter(300_000);

            assertThat(failure(blobs.contexts().get(tenant, SecurityMode.NODE_BASED))
                            .operatorDetail())
                    .contains("before the connection was closed");
            assertThat(kind(blobs.snapshots().get(tenant, 1).then())).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
            assertThat(blobs.budget().used()).isZero();
        }
    }

    @Test
    void anUploadThatIsCancelledLeavesNothingAndEndsItsSource() {
        String bucket = S3Fixture.freshBucket();
        Mono<Boolean> cancelled;
        try (S3ContextStore store = new S3ContextStore(config(S3.endpoint(), bucket))) {
            Sinks.One<Boolean> gone = Sinks.one();
            cancelled = gone.asMono();
            Flux<ByteBuffer> endless = Flux.range(0, 12)
                    .map(i -> ByteBuffer.allocate(1 << 20))
                    .concatWith(Flux.never())
                    .doOnCancel(() -> gone.tryEmitValue(true));

            StepVerifier.create(store.upload(name, endless, "a/b", Notes.NONE).timeout(Duration.ofSeconds(1)))
                    .expectError(TimeoutException.class)
                    .verify(Duration.ofSeconds(30));

            assertThat(await(cancelled)).isTrue();
            assertThat(kind(store.head(name))).isEqualTo(FailureKind.CONTEXT_ABSENT);
        }
    }

    @Test
    void aClosedStoreFails() {
        S3ContextStore store = store(S3.endpoint(), "b");
        store.close();
        store.close();
        assertThat(kind(store.get(name))).isEqualTo(FailureKind.CONTEXT_STORE_UNAVAILABLE);
    }

    private static ObjectName fresh() {
        return new ObjectName.ContextOf(new TenantId(UUID.randomUUID()));
    }

    private static S3ContextStore store(URI address, String bucket) {
        return new S3ContextStore(config(address, bucket));
    }

    private static S3Config config(URI address, String bucket) {
        S3Config patient = Blobs.s3(S3, address, bucket);
        return new S3Config(
                bucket,
                Optional.of(address),
                patient.region(),
                true,
                patient.accessKey(),
                patient.secretKey(),
                Duration.ofSeconds(2),
                Duration.ofMillis(address.equals(S3.endpoint()) ? 5_000 : 500),
                Duration.ofSeconds(5),
                2,
                8,
                100);
    }

    private static FailureKind kind(Mono<?> call) {
        return failure(call).kind();
    }

    private static Failure failure(Mono<?> call) {
        return await(call.<Failure>map(unexpected -> Failure.of(FailureKind.INTERNAL, "it worked"))
                .switchIfEmpty(Mono.fromSupplier(() -> Failure.of(FailureKind.INTERNAL, "it worked")))
                .onErrorResume(error -> Mono.just(FailureException.failureOf(error))));
    }
}
