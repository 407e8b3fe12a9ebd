package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.testing.integration.AbstractInteropTest;
import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** grpc-java's own interoperability cases through the gateway to the reference pod, as a client with a tenant's token. */
final class GrpcInteropTest {
    /** One case. */
    interface Case {
        void run(Client client) throws Exception;
    }

    /** A case by its name in gRPC's list. */
    record Named(String name, Case test) {
        @Override
        public String toString() {
            return name;
        }
    }

    @TempDir
    static Path folder;

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final TenantId TENANT = PodFixture.newTenant();
    private static TierPod pod;
    private static PodCaller caller;
    private static OneTenantEdge edge;

    @BeforeAll
    static void start() throws Exception {
        pod = PodFixture.start(folder, Optional.empty(), Map.of());
        caller = new PodCaller(pod);
        caller.loadHot(TENANT, 1, "");
        edge = new OneTenantEdge(TENANT, pod.url());
    }

    @AfterAll
    static void stop() {
        edge.close();
        caller.close();
        pod.close();
    }

    /** What grpc-java's cases need to know. */
    static final class Client extends AbstractInteropTest {
        private final String token;

        Client(String token) {
            this.token = token;
        }

        Status refusal() {
            try {
                blockingStub.emptyCall(EMPTY);
                return Status.OK;
            } catch (StatusRuntimeException refused) {
                return refused.getStatus();
            }
        }

        @Override
        protected ManagedChannelBuilder<?> createChannelBuilder() {
            return NettyChannelBuilder.forAddress(edge.address())
                    .usePlaintext()
                    .maxInboundMessageSize(MAX_MESSAGE_SIZE);
        }

        @Override
        protected ClientInterceptor[] getAdditionalInterceptors() {
            Metadata fields = new Metadata();
            fields.put(AUTHORIZATION, "Bearer " + token);
            return new ClientInterceptor[] {MetadataUtils.newAttachHeadersInterceptor(fields)};
        }

        @Override
        protected boolean metricsExpected() {
            return false;
        }
    }

    static Stream<Named> cases() {
        return Stream.of(
                new Named("empty_unary", Client::emptyUnary),
                new Named("large_unary", Client::largeUnary),
                new Named("client_streaming", Client::clientStreaming),
                new Named("server_streaming", Client::serverStreaming),
                new Named("ping_pong", Client::pingPong),
                new Named("empty_stream", Client::emptyStream),
                new Named("full_duplex", Client::fullDuplexCallShouldSucceed),
                new Named("half_duplex", Client::halfDuplexCallShouldSucceed),
                new Named("flow_control", Client::serverStreamingShouldBeFlowControlled),
                new Named("very_large_request", Client::veryLargeRequest),
                new Named("very_large_response", Client::veryLargeResponse),
                new Named("custom_metadata", Client::customMetadata),
                new Named("metadata_unary", Client::exchangeMetadataUnaryCall),
                new Named("metadata_streaming", Client::exchangeMetadataStreamingCall),
                new Named("status_code_and_message", Client::statusCodeAndMessage),
                new Named("special_status_message", Client::specialStatusMessage),
                new Named("unimplemented_method", Client::unimplementedMethod),
                new Named("unimplemented_service", Client::unimplementedService),
                new Named("cancel_after_begin", Client::cancelAfterBegin),
                new Named("cancel_after_first_response", Client::cancelAfterFirstResponse),
                new Named("timeout_on_sleeping_server", Client::timeoutOnSleepingServer),
                new Named("deadline_not_exceeded", Client::deadlineNotExceeded),
                new Named("deadline_exceeded", Client::deadlineExceeded),
                new Named("deadline_exceeded_streaming", Client::deadlineExceededServerStreaming),
                new Named("deadline_in_past", Client::deadlineInPast));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void interop(Named named) throws Exception {
        Client client = new Client(OneTenantEdge.TOKEN);
        client.setUp();
        try {
            named.test.run(client);
        } finally {
            client.tearDown();
        }
    }

    @Test
    void aTokenThatDoesNotHoldIsUnauthenticated() throws Exception {
        Client stranger = new Client("ddd.eee.fff");
        stranger.setUp();
        try {
            Status status = stranger.refusal();
            assertThat(status.getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(status.getDescription()).isEqualTo("the signature does not hold");
        } finally {
            stranger.tearDown();
        }
    }
}
