package io.percolate.gateway.bench.pod;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * grpc-java's own interoperability cases through the gateway to the reference pod, as a client with a tenant's token.
 *
 * <p>Left out are those that look into a server of their own process (time-out header, sizes, addresses, census), and the
 * probes of whether messages that should be compressed are, which grpc-java's service does not answer.
 */
final class GrpcInteropTest {
    /** One case. */
    interface Case {
        void run(GrpcInteropClient client) throws Exception;
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

    private static final TenantId TENANT = PodFixture.newTenant();
    private static TierPod pod;
    private static PodCaller caller;
    private static OneTenantEdge edge;

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

    static Stream<Named> cases() {
        return Stream.of(
                new Named("empty_unary", GrpcInteropClient::emptyUnary),
                new Named("empty_unary with retries", GrpcInteropClient::emptyUnaryWithRetriableStream),
                new Named("large_unary", GrpcInteropClient::largeUnary),
                new Named("client_compressed_unary", client -> client.clientCompressedUnary(false)),
                new Named("server_compressed_unary", GrpcInteropClient::serverCompressedUnary),
                new Named("client_streaming", GrpcInteropClient::clientStreaming),
                new Named("client_compressed_streaming", client -> client.clientCompressedStreaming(false)),
                new Named("server_streaming", GrpcInteropClient::serverStreaming),
                new Named("server_compressed_streaming", GrpcInteropClient::serverCompressedStreaming),
                new Named("ping_pong", GrpcInteropClient::pingPong),
                new Named("empty_stream", GrpcInteropClient::emptyStream),
                new Named("full_duplex", GrpcInteropClient::fullDuplexCallShouldSucceed),
                new Named("half_duplex", GrpcInteropClient::halfDuplexCallShouldSucceed),
                new Named("flow_control", GrpcInteropClient::serverStreamingShouldBeFlowControlled),
                new Named("very_large_request", GrpcInteropClient::veryLargeRequest),
                new Named("very_large_response", GrpcInteropClient::veryLargeResponse),
                new Named("custom_metadata", GrpcInteropClient::customMetadata),
                new Named("metadata_unary", GrpcInteropClient::exchangeMetadataUnaryCall),
                new Named("metadata_streaming", GrpcInteropClient::exchangeMetadataStreamingCall),
                new Named("status_code_and_message", GrpcInteropClient::statusCodeAndMessage),
                new Named("special_status_message", GrpcInteropClient::specialStatusMessage),
                new Named("unimplemented_method", GrpcInteropClient::unimplementedMethod),
                new Named("unimplemented_service", GrpcInteropClient::unimplementedService),
                new Named("cancel_after_begin", GrpcInteropClient::cancelAfterBegin),
                new Named("cancel_after_first_response", GrpcInteropClient::cancelAfterFirstResponse),
                new Named("timeout_on_sleeping_server", GrpcInteropClient::timeoutOnSleepingServer),
                new Named("deadline_not_exceeded", GrpcInteropClient::deadlineNotExceeded),
                new Named("deadline_exceeded", GrpcInteropClient::deadlineExceeded),
                new Named("deadline_exceeded_streaming", GrpcInteropClient::deadlineExceededServerStreaming),
                new Named("deadline_in_past", GrpcInteropClient::deadlineInPast),
                new Named("graceful_shutdown", GrpcInteropClient::gracefulShutdown));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void interop(Named named) throws Exception {
        try (GrpcInteropClient client = GrpcInteropClient.withToken(edge, OneTenantEdge.TOKEN)) {
            named.test.run(client);
        }
    }
}
