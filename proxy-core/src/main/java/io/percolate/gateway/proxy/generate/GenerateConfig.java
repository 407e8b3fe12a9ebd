package io.percolate.gateway.proxy.generate;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * The generator service.
 *
 * @param url empty where there is none
 * @param apiKey sent as a bearer token
 * @param model as the service names it; for chat completions only, as the three after it are
 * @param prompt the system message; {@code {context}} in it stands for the context, which else follows it
 * @param tokensMax that the model may say
 * @param promptContextBytesMax of the context, at its beginning, that are put into the prompt
 * @param messageBytesMax of a request's body; longer ones are answered by the rule's other responder
 * @param firstTokenTimeout from the whole message until the service says something
 * @param tokenTimeout between two things it says, while the client takes them
 * @param callsMax at once
 */
public record GenerateConfig(
        Optional<URI> url,
        Api api,
        Optional<Secret> apiKey,
        String model,
        String prompt,
        int tokensMax,
        long promptContextBytesMax,
        int messageBytesMax,
        Duration firstTokenTimeout,
        Duration tokenTimeout,
        int callsMax) {
    /** How the service is spoken to. */
    public enum Api {
        /** A form of two parts, {@code message} and {@code context}, streamed; the answer is passed on as it comes. */
        FORM,
        /** OpenAI's chat completions with {@code stream: true}. */
        CHAT
    }

    static final String CONTEXT = "{context}";
    private static final String PROMPT_DEFAULT = "Answer from what is known of this user: " + CONTEXT;

    /** Reads the keys {@code GATEWAY_GENERATE_*}. */
    public static GenerateConfig read(ConfigReader reader) {
        GenerateConfig config = new GenerateConfig(
                reader.optionalUri(
                        "GATEWAY_GENERATE_URL",
                        Set.of("http", "https"),
                        "generator service that rules with 'generate' post to; with its path, e.g. /v1/chat/completions"),
                reader.choice(
                        "GATEWAY_GENERATE_API",
                        Api.class,
                        Api.FORM,
                        "how the generator is spoken to: a form with message and context, or OpenAI's chat completions"),
                reader.optionalSecret("GATEWAY_GENERATE_API_KEY", "sent to the generator as a bearer token"),
                reader.text("GATEWAY_GENERATE_MODEL", "", "model, for chat completions"),
                reader.text(
                        "GATEWAY_GENERATE_PROMPT",
                        PROMPT_DEFAULT,
                        "system message for chat completions; {context} stands for the context"),
                reader.count(
                        "GATEWAY_GENERATE_TOKENS_MAX", 512, 1, 1_000_000, "tokens that a chat completion may have"),
                reader.size(
                        "GATEWAY_GENERATE_PROMPT_CONTEXT_BYTES",
                        64L << 10,
                        0,
                        4L << 20,
                        "beginning of a context that is put into the prompt of a chat completion"),
                (int) reader.size(
                        "GATEWAY_GENERATE_MESSAGE_BYTES_MAX",
                        64L << 10,
                        1,
                        192L << 10,
                        "longest message that is answered by the generator"),
                reader.duration(
                        "GATEWAY_GENERATE_FIRST_TOKEN_TIMEOUT",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(5),
                        "how long the generator may take to say something"),
                reader.duration(
                        "GATEWAY_GENERATE_TOKEN_TIMEOUT",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(50),
                        Duration.ofMinutes(5),
                        "how long the generator may pause"),
                reader.count("GATEWAY_GENERATE_CALLS_MAX", 256, 1, 100_000, "calls to the generator at once"));
        if (config.url().isPresent()
                && config.api() == Api.CHAT
                && config.model().isEmpty()) {
            reader.problem("GATEWAY_GENERATE_MODEL is required with GATEWAY_GENERATE_API=chat");
        }
        return config;
    }
}
