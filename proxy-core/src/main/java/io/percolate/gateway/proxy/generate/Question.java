package io.percolate.gateway.proxy.generate;

import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks, and how it is to be told the answer.
 *
 * @param message read-only
 * @param contentType of the message
 */
public record Question(ByteBuffer message, Optional<String> contentType, AnswerForm form) {
    private static final String CALL = "application/grpc";
    private static final String MESSAGE_OF_CALL = "text/plain; charset=utf-8";

    /**
     * What the body of a request asks; empty where it cannot be read: nothing of gRPC-Web, which has a framing of its own.
     *
     * @param wantsEvents whether the client accepts server-sent events
     */
    public static Optional<Question> of(ByteBuffer body, @Nullable String contentType, boolean wantsEvents) {
        return contentType != null && contentType.regionMatches(true, 0, CALL, 0, CALL.length())
                ? Optional.empty()
                : Optional.of(new Question(
                        body, Optional.ofNullable(contentType), wantsEvents ? AnswerForm.EVENTS : AnswerForm.TEXT));
    }

    /** What the body of a gRPC call asks; empty where it is not one message with a text, in protobuf. */
    public static Optional<Question> ofCall(ByteBuffer body, @Nullable String contentType) {
        return isProtobuf(contentType)
                ? CallMessage.text(body)
                        .map(text -> new Question(text, Optional.of(MESSAGE_OF_CALL), AnswerForm.MESSAGES))
                : Optional.empty();
    }

    private static boolean isProtobuf(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int parameters = contentType.indexOf(';');
        String type = (parameters < 0 ? contentType : contentType.substring(0, parameters))
                .strip()
                .toLowerCase(Locale.ROOT);
        return type.equals(CALL) || type.equals(CALL + "+proto");
    }
}
