package io.percolate.gateway.bench.pod;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;

/** Length and SHA-256 of a body, as it comes. */
final class BodyDigest {
    private final MessageDigest sha256;
    private long bytes;

    BodyDigest() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    /** Borrows the buffer. */
    void add(ByteBuf part) {
        bytes += part.readableBytes();
        for (ByteBuffer buffer : part.nioBuffers()) {
            sha256.update(buffer);
        }
    }

    Map<String, Object> result() {
        return Map.of("bytes", bytes, "sha256", HexFormat.of().formatHex(sha256.digest()));
    }
}
