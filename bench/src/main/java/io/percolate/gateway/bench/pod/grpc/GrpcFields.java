package io.percolate.gateway.bench.pod.grpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/** Metadata of calls as fields of HTTP/2, and back (gRPC over HTTP/2, "Requests" and "Responses"). */
final class GrpcFields {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private GrpcFields() {}

    static Metadata metadata(HttpHeaders headers) {
        Metadata metadata = new Metadata();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey();
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                for (String value : header.getValue().split(",", -1)) {
                    metadata.put(
                            Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER),
                            Base64.getDecoder().decode(value.strip()));
                }
            } else {
                metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), header.getValue());
            }
        }
        return metadata;
    }

    static void write(Metadata metadata, HttpHeaders to) {
        for (String name : metadata.keys()) {
            if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                Iterable<byte[]> values = metadata.getAll(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER));
                if (values != null) {
                    values.forEach(value ->
                            to.add(name, Base64.getEncoder().withoutPadding().encodeToString(value)));
                }
            } else {
                Iterable<String> values = metadata.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
                if (values != null) {
                    values.forEach(value -> to.add(name, value));
                }
            }
        }
    }

    static void write(Status status, Metadata trailers, HttpHeaders to) {
        write(trailers, to);
        to.set("grpc-status", status.getCode().value());
        String message = status.getDescription();
        if (message != null) {
            to.set("grpc-message", encoded(message));
        }
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (b >= 0x20 && b <= 0x7e && b != '%') {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
            }
        }
        return encoded.toString();
    }
}
