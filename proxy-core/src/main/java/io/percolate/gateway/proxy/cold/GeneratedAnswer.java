package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.proxy.generate.Generated;
import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.reactivestreams.Publisher;

/** What a generator says, as it says it. */
public record GeneratedAnswer(Generated generated, Duration tokenTimeout) implements ColdAnswer, AutoCloseable {
    @Override
    public AnsweredBy by() {
        return AnsweredBy.GENERATOR;
    }

    @Override
    public int status() {
        return 200;
    }

    @Override
    public Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Served-From", "generate");
        headers.put("Content-Type", generated.contentType());
        headers.put("Cache-Control", "no-store");
        return headers;
    }

    @Override
    public long length() {
        return UNKNOWN_LENGTH;
    }

    @Override
    public Publisher<ByteBuffer> body() {
        return generated.body();
    }

    @Override
    public Map<String, String> trailers() {
        return generated.trailers();
    }

    @Override
    public Optional<Duration> pauseMax() {
        return Optional.of(tokenTimeout);
    }

    @Override
    public FailureKind pausedTooLong() {
        return FailureKind.GENERATOR_TIMEOUT;
    }

    /** Ends the call of an answer that nobody will read. */
    @Override
    public void close() {
        generated.close();
    }
}
