package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.proxy.record.AnsweredBy;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.reactivestreams.Publisher;

/** The gateway's answer in the place of a cold tenant's pod, streamed. */
public sealed interface ColdAnswer permits ContextAnswer, GeneratedAnswer {
    /** How long an answer is whose length shows only at its end. */
    long UNKNOWN_LENGTH = -1;

    AnsweredBy by();

    int status();

    /** Beside those of the framing. */
    Map<String, String> headers();

    /** Of the body, in bytes, or {@link #UNKNOWN_LENGTH}. */
    long length();

    /** To be subscribed once; cancelling it ends whatever makes it. */
    Publisher<ByteBuffer> body();

    /** What follows the body once it has come to its end; for answers of unknown length only. */
    default Map<String, String> trailers() {
        return Map.of();
    }

    /** How long it may pause while the client takes it; empty for as long as any pod's answer. */
    Optional<Duration> pauseMax();

    /** What it means when it pauses for longer. */
    FailureKind pausedTooLong();
}
