package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.TestServiceGrpc;
import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Calls of grpc-java through the gateway that end otherwise than well, or wait for their tenant. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GrpcCallsTest {
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);
    private static final int LONG_MICROS = 600_000_000;

    @TempDir
    static Path folder;

    private static final TenantId TENANT = PodFixture.newTenant();
    private static TierPod pod;
    private static PodCaller caller;
    private static OneTenantEdge edge;

    /** A call that the service does not end by itself: either the request goes on, or the answer pauses. */
    record Unending<Q>(String kind, MethodDescriptor<Q, ?> method, Q message, boolean halfClose) {
        @Override
        public String toString() {
            return kind;
        }

        Call start(GrpcInteropClient client, Metadata fields) {
            return begun(client.channel().newCall(method, CallOptions.DEFAULT), fields);
        }

        private <R> Call begun(ClientCall<Q, R> call, Metadata fields) {
            CompletableFuture<Status> end = new CompletableFuture<>();
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            end.complete(status);
                        }
                    },
                    fields);
            call.request(1);
            call.sendMessage(message);
            if (halfClose) {
                call.halfClose();
            }
            return new Call(call, end);
        }
    }

    record Call(ClientCall<?, ?> call, CompletableFuture<Status> end) {}

    static Stream<Unending<?>> kinds() {
        StreamingOutputCallRequest pausing = StreamingOutputCallRequest.newBuilder()
                .addResponseParameters(ResponseParameters.newBuilder().setSize(9))
                .addResponseParameters(
                        ResponseParameters.newBuilder().setSize(9).setIntervalUs(LONG_MICROS))
                .build();
        StreamingInputCallRequest part = StreamingInputCallRequest.newBuilder()
                .setPayload(Payload.newBuilder().setBody(ByteString.copyFrom(new byte[9])))
                .build();
        return Stream.of(
                new Unending<>("unary", TestServiceGrpc.getEmptyCallMethod(), Empty.getDefaultInstance(), false),
                new Unending<>("client streaming", TestServiceGrpc.getStreamingInputCallMethod(), part, false),
                new Unending<>("server streaming", TestServiceGrpc.getStreamingOutputCallMethod(), pausing, true),
                new Unending<>("bidirectional", TestServiceGrpc.getFullDuplexCallMethod(), pausing, false));
    }

    @BeforeAll
    static void start() throws Exception {
        pod = PodFixture.start(folder, Optional.empty(), Map.of());
        caller = new PodCaller(pod);
        caller.loadHot(TENANT, 1, "");
        edge = OneTenantEdge.ofHot(TENANT, pod.address());
    }

    @AfterAll
    static void stop() {
        edge.close();
        caller.close();
        pod.close();
    }

    private static GrpcInteropClient client(OneTenantEdge of) {
        return GrpcInteropClient.withToken(of, OneTenantEdge.TOKEN);
    }

    private static void awaitInFlight(int calls) {
        await().until(() -> caller.view(TENANT).path("in_flight").intValue() == calls);
    }

    private static Status refusal(GrpcInteropClient client) {
        try {
            TestServiceGrpc.newBlockingStub(client.channel()).emptyCall(Empty.getDefaultInstance());
            return Status.OK;
        } catch (StatusRuntimeException refused) {
            return refused.getStatus();
        }
    }

    /** The client keeps no deadline of its own here, so that it is the gateway that ends the call. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void theGatewayEndsACallAtItsDeadlineAndThePodHearsOfIt(Unending<?> kind) throws Exception {
        try (GrpcInteropClient client = client(edge)) {
            Metadata fields = new Metadata();
            fields.put(TIMEOUT, "300m");
            Status end = kind.start(client, fields).end().get(20, TimeUnit.SECONDS);

            assertThat(end.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(end.getDescription()).isEqualTo("the request's deadline has passed");
            awaitInFlight(0);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("kinds")
    void aCancelledCallIsCancelledAtThePod(Unending<?> kind) throws Exception {
        try (GrpcInteropClient client = client(edge)) {
            Call begun = kind.start(client, new Metadata());
            awaitInFlight(1);

            begun.call().cancel("not wanted any more", null);

            assertThat(begun.end().get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.CANCELLED);
            awaitInFlight(0);
        }
    }

    @Test
    void callsOfAClientThatGoesAwayAreCancelledAtThePod() {
        try (GrpcInteropClient client = client(edge)) {
            kinds().forEach(kind -> kind.start(client, new Metadata()));
            awaitInFlight(4);
        }
        awaitInFlight(0);
    }

    @Test
    void aTokenThatDoesNotHoldOrIsMissingIsUnauthenticated() {
        try (GrpcInteropClient stranger = GrpcInteropClient.withToken(edge, "ddd.eee.fff");
                GrpcInteropClient nobody = GrpcInteropClient.withoutToken(edge)) {
            assertThat(refusal(stranger))
                    .extracting(Status::getCode, Status::getDescription)
                    .containsExactly(Status.Code.UNAUTHENTICATED, "the signature does not hold");
            assertThat(refusal(nobody)).extracting(Status::getCode).isEqualTo(Status.Code.UNAUTHENTICATED);
        }
    }

    @Test
    void aPodThatIsNotThereIsUnavailable() throws Exception {
        PodAddress nowhere = new PodAddress("127.0.0.1", LocalPort.free());
        try (OneTenantEdge lost = OneTenantEdge.ofHot(TENANT, nowhere);
                GrpcInteropClient client = client(lost)) {
            assertThat(refusal(client)).extracting(Status::getCode).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    static Stream<GrpcInteropTest.Named> calls() {
        return Stream.of(
                new GrpcInteropTest.Named("large_unary", GrpcInteropClient::largeUnary),
                new GrpcInteropTest.Named("client_streaming", GrpcInteropClient::clientStreaming),
                new GrpcInteropTest.Named("ping_pong", GrpcInteropClient::pingPong));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("calls")
    void aCallOfAColdTenantIsHeldUntilItIsWarm(GrpcInteropTest.Named named) throws Exception {
        Sinks.Empty<Void> warm = Sinks.empty();
        CountDownLatch waiting = new CountDownLatch(1);
        Mono<Void> wake = warm.asMono().doOnSubscribe(subscribed -> waiting.countDown());
        try (OneTenantEdge cold = OneTenantEdge.ofCold(TENANT, pod.address(), wake);
                GrpcInteropClient client = client(cold)) {
            CompletableFuture<Void> call = CompletableFuture.runAsync(() -> run(named, client));
            assertThat(waiting.await(20, TimeUnit.SECONDS)).isTrue();

            assertThat(call).isNotDone();
            warm.tryEmitEmpty().orThrow();

            call.get(20, TimeUnit.SECONDS);
        }
    }

    private static void run(GrpcInteropTest.Named named, GrpcInteropClient client) {
        try {
            named.test().run(client);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }
}
