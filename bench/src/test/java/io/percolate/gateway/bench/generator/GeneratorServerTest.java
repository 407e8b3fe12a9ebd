package io.percolate.gateway.bench.generator;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.context.cache.Context;
import io.percolate.gateway.proxy.generate.GenerateConfig;
import io.percolate.gateway.proxy.generate.GenerateRequest;
import io.percolate.gateway.proxy.generate.Generated;
import io.percolate.gateway.proxy.generate.HttpGenerator;
import io.percolate.gateway.proxy.generate.Question;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The generator that needs no model, as the gateway asks it. */
class GeneratorServerTest {
    private static final String SAID = "You said: Was trinke ich? -- and I know of you: mag Tee \u2615";

    private final GeneratorServer server = GeneratorServer.start("127.0.0.1", 0, Duration.ZERO);

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "form, /v1/generate, false",
        "chat, /v1/chat/completions, false",
        "chat, /v1/chat/completions, true",
    })
    void theGatewayGetsTheSameWordsWhicheverWayItAsks(String api, String path, boolean events) {
        try (HttpGenerator generator = generator(api, path)) {
            Generated generated = Objects.requireNonNull(generator
                    .generate(new GenerateRequest(
                            new TenantId(UUID.randomUUID()),
                            "request-1",
                            Question.of(
                                            ByteBuffer.wrap("Was trinke ich?".getBytes(StandardCharsets.UTF_8)),
                                            "text/plain; charset=utf-8",
                                            events)
                                    .orElseThrow(),
                            new Tea()))
                    .block(Duration.ofSeconds(20)));

            String text = Flux.from(generated.body())
                    .map(part -> StandardCharsets.ISO_8859_1.decode(part).toString())
                    .collect(Collectors.joining())
                    .map(all -> new String(all.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                    .block(Duration.ofSeconds(20));

            if (events) {
                assertThat(generated.contentType()).isEqualTo("text/event-stream");
                assertThat(text)
                        .startsWith("data: {\"text\":\"You\"}\n\ndata: {\"text\":\" said:\"}\n\n")
                        .endsWith("data: [DONE]\n\n");
            } else {
                assertThat(text).isEqualTo(SAID);
            }
        }
    }

    @Test
    void whatItDoesNotUnderstandItSays() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(URI.create(server.url() + "/v1/chat/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"messages\":[]}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("\"stream\\\": true");
        }
    }

    private HttpGenerator generator(String api, String path) {
        GenerateConfig config = GenerateConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_GENERATE_URL",
                server.url() + path,
                "GATEWAY_GENERATE_API",
                api,
                "GATEWAY_GENERATE_MODEL",
                "none",
                "GATEWAY_GENERATE_PROMPT",
                "{context}"))));
        return HttpGenerator.open(config, new SimpleMeterRegistry()).orElseThrow();
    }

    private record Tea() implements Context {
        private static final byte[] BYTES = "mag Tee \u2615".getBytes(StandardCharsets.UTF_8);

        @Override
        public String etag() {
            return "\"tea\"";
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
