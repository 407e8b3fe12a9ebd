package io.percolate.gateway.proxy.generate;

import io.percolate.gateway.proxy.generate.HttpGenerator.Upload;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import reactor.core.publisher.Flux;

/** Message and context as the two parts of a form (RFC 7578), the context streamed from wherever it is. */
final class FormUpload {
    private FormUpload() {}

    static Upload of(GenerateRequest request) {
        String boundary = "percolate-" + UUID.randomUUID();
        byte[] message = Upload.array(request.question().message());
        byte[] head = ascii("--" + boundary + "\r\nContent-Disposition: form-data; name=\"message\"\r\nContent-Type: "
                + request.question().contentType().orElse("application/octet-stream") + "\r\n\r\n");
        byte[] between = ascii("\r\n--" + boundary
                + "\r\nContent-Disposition: form-data; name=\"context\"; filename=\"context\"\r\nContent-Type: "
                + request.context().contentType() + "\r\n\r\n");
        byte[] tail = ascii("\r\n--" + boundary + "--\r\n");
        long length = request.context().length();
        return new Upload(
                "multipart/form-data; boundary=" + boundary,
                head.length + message.length + between.length + length + tail.length,
                Flux.concat(
                        Flux.just(head, message, between),
                        Flux.from(request.context().bytes(0, length)).map(Upload::array),
                        Flux.just(tail)));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
