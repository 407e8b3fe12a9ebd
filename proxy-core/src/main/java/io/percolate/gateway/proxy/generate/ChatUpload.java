package io.percolate.gateway.proxy.generate;

import io.percolate.gateway.proxy.generate.HttpGenerator.Upload;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Message and the beginning of the context as a request for a chat completion. */
final class ChatUpload {
    private ChatUpload() {}

    static Mono<Upload> of(GenerateRequest request, GenerateConfig config) {
        long length = Math.min(request.context().length(), config.promptContextBytesMax());
        return Flux.from(request.context().bytes(0, length))
                .reduceWith(ByteArrayOutputStream::new, (all, part) -> {
                    all.writeBytes(Upload.array(part));
                    return all;
                })
                .map(context -> Upload.of(
                        "application/json",
                        body(
                                config,
                                context.toString(StandardCharsets.UTF_8),
                                text(request.question().message()))));
    }

    private static byte[] body(GenerateConfig config, String context, String message) {
        String prompt = config.prompt().contains(GenerateConfig.CONTEXT)
                ? config.prompt().replace(GenerateConfig.CONTEXT, context)
                : config.prompt() + "\n" + context;
        ObjectNode body = JsonMapper.shared()
                .createObjectNode()
                .put("model", config.model())
                .put("stream", true)
                .put("max_tokens", config.tokensMax());
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "system").put("content", prompt);
        messages.addObject().put("role", "user").put("content", message);
        return JsonMapper.shared().writeValueAsBytes(body);
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
    }
}
