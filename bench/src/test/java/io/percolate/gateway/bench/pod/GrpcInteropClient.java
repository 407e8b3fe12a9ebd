package io.percolate.gateway.bench.pod;

import io.grpc.Channel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.testing.integration.AbstractInteropTest;
import java.net.InetSocketAddress;

/** A grpc-java client of an edge, that knows grpc-java's own cases. */
final class GrpcInteropClient extends AbstractInteropTest implements AutoCloseable {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final InetSocketAddress edge;
    private final Metadata fields = new Metadata();

    private GrpcInteropClient(OneTenantEdge edge) {
        this.edge = edge.address();
    }

    static GrpcInteropClient withToken(OneTenantEdge edge, String token) {
        GrpcInteropClient client = new GrpcInteropClient(edge);
        client.fields.put(AUTHORIZATION, "Bearer " + token);
        client.setUp();
        return client;
    }

    static GrpcInteropClient withoutToken(OneTenantEdge edge) {
        GrpcInteropClient client = new GrpcInteropClient(edge);
        client.setUp();
        return client;
    }

    Channel channel() {
        return channel;
    }

    /** Of the channel and not of its stubs, for some of the cases call without these. */
    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
        return NettyChannelBuilder.forAddress(edge)
                .usePlaintext()
                .maxInboundMessageSize(MAX_MESSAGE_SIZE)
                .intercept(MetadataUtils.newAttachHeadersInterceptor(fields));
    }

    @Override
    protected boolean metricsExpected() {
        return false;
    }

    @Override
    public void close() {
        tearDown();
    }
}
