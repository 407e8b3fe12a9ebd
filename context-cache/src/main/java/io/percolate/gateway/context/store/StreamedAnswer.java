package io.percolate.gateway.context.store;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Hands out an answer as soon as it begins.
 *
 * <p>The SDK's own way of doing so never ends a body whose connection was closed too early: it tells its transformer,
 * not its subscriber. Here what the transformer is told ends the body.
 */
final class StreamedAnswer implements AsyncResponseTransformer<GetObjectResponse, StreamedAnswer.Begun> {
    private CompletableFuture<Begun> begun = new CompletableFuture<>();
    private GetObjectResponse response = GetObjectResponse.builder().build();
    private Sinks.One<ByteBuffer> failure = Sinks.one();

    record Begun(GetObjectResponse response, Flux<ByteBuffer> bytes) {}

    /** Called once for each attempt. */
    @Override
    public CompletableFuture<Begun> prepare() {
        begun = new CompletableFuture<>();
        failure = Sinks.one();
        return begun;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        this.response = response;
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> bytes) {
        begun.complete(new Begun(response, Flux.from(bytes).takeUntilOther(failure.asMono())));
    }

    @Override
    public void exceptionOccurred(Throwable error) {
        failure.tryEmitError(error);
        begun.completeExceptionally(error);
    }
}
