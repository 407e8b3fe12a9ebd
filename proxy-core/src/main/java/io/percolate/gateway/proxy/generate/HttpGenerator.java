package io.percolate.gateway.proxy.generate;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import io.percolate.gateway.proxy.generate.GenerateConfig.Api;
import io.percolate.gateway.proxy.generate.GenerateMeters.Outcome;
import io.percolate.gateway.proxy.generate.words.ChatWords;
import io.percolate.gateway.proxy.generate.words.EventWords;
import io.percolate.gateway.proxy.generate.words.PlainWords;
import io.percolate.gateway.proxy.generate.words.Words;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.client.HttpClientResponse;
import reactor.netty.resources.ConnectionProvider;

/** The generator over HTTP/1.1, on connections of its own; what it says is read no faster than it is asked for. */
public final class HttpGenerator implements Generator, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpGenerator.class);
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration IDLE_MAX = Duration.ofSeconds(20);
    private static final int CONTENT_TYPE_LENGTH_MAX = 200;
    private static final String EVENT_STREAM = "text/event-stream";

    private final URI url;
    private final GenerateConfig config;
    private final GenerateMeters meters;
    private final ConnectionProvider connections;
    private final HttpClient http;

    private HttpGenerator(URI url, GenerateConfig config, MeterRegistry registry) {
        this.url = url;
        this.config = config;
        this.meters = new GenerateMeters(registry);
        this.connections = ConnectionProvider.builder("generator")
                .maxConnections(config.callsMax())
                .pendingAcquireMaxCount(config.callsMax())
                .pendingAcquireTimeout(CONNECT_TIMEOUT)
                .maxIdleTime(IDLE_MAX)
                .build();
        this.http = HttpClient.create(connections)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Math.toIntExact(CONNECT_TIMEOUT.toMillis()))
                .disableRetry(true)
                .headers(headers -> {
                    headers.set("User-Agent", "percolate-gateway");
                    config.apiKey().ifPresent(key -> headers.set("Authorization", "Bearer " + key.reveal()));
                });
    }

    /** The configured one, if any. */
    public static Optional<HttpGenerator> open(GenerateConfig config, MeterRegistry registry) {
        return config.url().map(url -> new HttpGenerator(url, config, registry));
    }

    @Override
    public Mono<Generated> generate(GenerateRequest request) {
        return Mono.defer(() -> {
            long asked = System.nanoTime();
            AtomicReference<String> contentType = new AtomicReference<>("application/octet-stream");
            Flux<ByteBuffer> said = upload(request)
                    .flatMapMany(upload -> sent(upload, request)
                            .response((response, content) -> read(response, content, request, contentType)))
                    .onErrorMap(error -> !(error instanceof FailureException), this::unavailable);
            return BegunStream.of(said)
                    .switchIfEmpty(Mono.error(() -> unavailable(new IllegalStateException("it said nothing"))))
                    .map(begun -> {
                        meters.begun(System.nanoTime() - asked);
                        return new Generated(
                                contentType.get(),
                                Flux.from(begun)
                                        .doOnComplete(() -> meters.ended(Outcome.SAID))
                                        .doOnError(broken -> meters.ended(Outcome.BROKEN_OFF))
                                        .doOnCancel(() -> meters.ended(Outcome.CANCELLED)),
                                request.question().form().trailers(),
                                begun::cancel);
                    })
                    .doOnError(failed -> {
                        meters.ended(Outcome.FAILED);
                        LOG.warn("the generator did not answer: {}", FailureException.failureOf(failed));
                    })
                    .doOnCancel(() -> meters.ended(Outcome.CANCELLED));
        });
    }

    private Mono<Upload> upload(GenerateRequest request) {
        return switch (config.api()) {
            case FORM -> Mono.just(FormUpload.of(request));
            case CHAT -> ChatUpload.of(request, config);
        };
    }

    private HttpClient.ResponseReceiver<?> sent(Upload upload, GenerateRequest request) {
        return http.headers(headers -> headers.set("Content-Type", upload.contentType())
                        .set("Content-Length", upload.length())
                        .set("Accept", accepted(request.question().form()))
                        .set("X-Tenant-Id", request.tenant().toString())
                        .set("X-Request-Id", request.requestId()))
                .post()
                .uri(url.toString())
                .send((head, out) -> out.sendByteArray(upload.bytes()));
    }

    private Flux<ByteBuffer> read(
            HttpClientResponse response,
            ByteBufFlux content,
            GenerateRequest request,
            AtomicReference<String> contentType) {
        if (response.status().code() != 200) {
            return Flux.error(new IllegalStateException("it answered " + response.status()));
        }
        Flux<byte[]> bytes = content.asByteArray();
        AnswerForm form = request.question().form();
        return switch (config.api()) {
            case FORM -> {
                String type = harmless(response.responseHeaders().get("Content-Type"));
                if (form == AnswerForm.MESSAGES) {
                    contentType.set(form.contentType());
                    yield written(bytes, isEventStream(type) ? new EventWords() : new PlainWords(), form);
                }
                contentType.set(type);
                yield bytes.map(ByteBuffer::wrap);
            }
            case CHAT -> {
                contentType.set(form.contentType());
                yield written(bytes, new ChatWords(), form);
            }
        };
    }

    private static Flux<ByteBuffer> written(Flux<byte[]> bytes, Words words, AnswerForm form) {
        return bytes.concatMapIterable(words::read, 1)
                .concatWith(Flux.defer(() -> Flux.fromIterable(words.end())))
                .map(form::written)
                .concatWith(Flux.fromIterable(form.writtenEnd()));
    }

    private static boolean isEventStream(String contentType) {
        return contentType.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
    }

    /** What the service shall speak in; of the words of a call it is the gateway that makes messages. */
    private String accepted(AnswerForm form) {
        return config.api() == Api.CHAT || form == AnswerForm.EVENTS ? EVENT_STREAM : "*/*";
    }

    private static String harmless(@Nullable String contentType) {
        return contentType == null
                        || contentType.length() > CONTENT_TYPE_LENGTH_MAX
                        || contentType.chars().anyMatch(c -> c < ' ' || c > '~')
                ? "application/octet-stream"
                : contentType;
    }

    private Throwable unavailable(Throwable error) {
        return Failure.of(FailureKind.GENERATOR_UNAVAILABLE, "no answer could be generated")
                .withOperatorDetail(url + ": " + error)
                .toException(error);
    }

    /** Ends all connections. */
    @Override
    public void close() {
        connections.dispose();
    }

    /**
     * A request's body.
     *
     * @param length in bytes, of all of them
     */
    record Upload(String contentType, long length, Flux<byte[]> bytes) {
        static byte[] array(ByteBuffer buffer) {
            ByteBuffer copied = buffer.duplicate();
            byte[] array = new byte[copied.remaining()];
            copied.get(array);
            return array;
        }

        static Upload of(String contentType, byte[] bytes) {
            return new Upload(contentType, bytes.length, Flux.fromIterable(List.of(bytes)));
        }
    }
}
