package io.percolate.gateway.bench.pod;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.percolate.gateway.bench.generator.GeneratorServer;
import io.percolate.gateway.context.cache.Context;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Calls of grpc-java to a cold tenant, which a generator answers in the pod's place. */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class GrpcAnswerTest {
    /** Its field 1 is a string, as that of any message that is asked and answered. */
    private static final MethodDescriptor<StringValue, StringValue> SAY =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.SERVER_STREAMING)
                    .setFullMethodName("chat.Chat/Say")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    @Test
    void theGeneratorsWordsComeAsMessagesOneByOne() {
        try (GeneratorServer generator = GeneratorServer.start("127.0.0.1", 0, Duration.ofMillis(10));
                OneTenantEdge edge = edge(generator);
                GrpcInteropClient client = GrpcInteropClient.withToken(edge, OneTenantEdge.TOKEN)) {
            List<String> words = new ArrayList<>();
            ClientCalls.blockingServerStreamingCall(
                            client.channel(), SAY, CallOptions.DEFAULT, StringValue.of("Was trinke ich?"))
                    .forEachRemaining(word -> words.add(word.getValue()));

            assertThat(String.join("", words))
                    .isEqualTo("You said: Was trinke ich? -- and I know of you: mag Tee \u2615");
            assertThat(words).hasSizeGreaterThan(4);
        }
    }

    private static OneTenantEdge edge(GeneratorServer generator) {
        return OneTenantEdge.ofAnswered(
                PodFixture.newTenant(), new Tea(), URI.create(generator.url() + "/v1/generate"));
    }

    private record Tea() implements Context {
        private static final byte[] BYTES = "mag Tee \u2615".getBytes(StandardCharsets.UTF_8);

        @Override
        public String etag() {
            return "\"1\"";
        }

        @Override
        public Instant lastModified() {
            return Instant.EPOCH;
        }

        @Override
        public String contentType() {
            return "text/plain; charset=utf-8";
        }

        @Override
        public long length() {
            return BYTES.length;
        }

        @Override
        public Publisher<ByteBuffer> bytes(long start, long end) {
            return Mono.just(ByteBuffer.wrap(BYTES, (int) start, (int) (end - start)));
        }
    }
}
