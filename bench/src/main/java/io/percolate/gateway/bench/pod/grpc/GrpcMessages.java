package io.percolate.gateway.bench.pod.grpc;

import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one direction of a call, taken out of its bytes (gRPC over HTTP/2, "Length-Prefixed-Message"). What is
 * malformed, compressed in a way not known, or too long is a {@code StatusRuntimeException}.
 */
final class GrpcMessages {
    static final String ENCODING = "grpc-encoding";
    static final String ACCEPTED_ENCODINGS = "grpc-accept-encoding";
    /** What is read here besides messages as they are. */
    static final String READABLE_ENCODINGS = "gzip";

    private static final int PREFIX = 5;
    private static final int MESSAGE_BYTES_MAX = 16 << 20;

    private final @Nullable Decompressor decompressor;
    private final ByteBuf bytes = Unpooled.buffer();

    /** @param encoding how messages are compressed that are; null for not at all */
    GrpcMessages(@Nullable String encoding) {
        decompressor = encoding == null
                ? null
                : DecompressorRegistry.getDefaultInstance().lookupDecompressor(encoding);
    }

    /**
     * A message as it is sent; closes what it reads.
     *
     * @param compressor null for a message that goes out as it is
     */
    static ByteBuf framed(InputStream message, @Nullable Compressor compressor) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (message;
                OutputStream out = compressor == null ? all : compressor.compress(all)) {
            message.transferTo(out);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        return Unpooled.buffer(PREFIX + all.size())
                .writeByte(compressor == null ? 0 : 1)
                .writeInt(all.size())
                .writeBytes(all.toByteArray());
    }

    /** Borrows what has come. */
    void append(ByteBuf part) {
        bytes.discardSomeReadBytes();
        bytes.writeBytes(part);
    }

    boolean hasNext() {
        if (bytes.readableBytes() < PREFIX) {
            return false;
        }
        long length = bytes.getUnsignedInt(bytes.readerIndex() + 1);
        if (length > MESSAGE_BYTES_MAX) {
            throw Status.RESOURCE_EXHAUSTED
                    .withDescription("expected a message of at most " + MESSAGE_BYTES_MAX + " bytes, got " + length)
                    .asRuntimeException();
        }
        return bytes.readableBytes() - PREFIX >= length;
    }

    /** The next message, to be read before anything else is done here. */
    InputStream next() throws IOException {
        int flag = bytes.readByte();
        InputStream message = new ByteBufInputStream(bytes.readSlice(bytes.readInt()));
        return switch (flag) {
            case 0 -> message;
            case 1 -> decompressed(message);
            default ->
                throw Status.INTERNAL
                        .withDescription("expected 0 or 1 as a message's flag, got " + flag)
                        .asRuntimeException();
        };
    }

    private InputStream decompressed(InputStream message) throws IOException {
        Decompressor by = decompressor;
        if (by == null || by.equals(Codec.Identity.NONE)) {
            throw Status.UNIMPLEMENTED
                    .withDescription("a message is compressed in a way that is not known here")
                    .asRuntimeException();
        }
        try (InputStream in = by.decompress(message)) {
            byte[] all = in.readNBytes(MESSAGE_BYTES_MAX + 1);
            if (all.length > MESSAGE_BYTES_MAX) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription("a message has more than " + MESSAGE_BYTES_MAX + " bytes")
                        .asRuntimeException();
            }
            return new ByteArrayInputStream(all);
        }
    }

    /** There will be no more bytes. */
    void ended() {
        if (bytes.isReadable()) {
            throw Status.INTERNAL
                    .withDescription("the request ended within a message")
                    .asRuntimeException();
        }
    }

    /** Lets go of what nobody took. */
    void release() {
        bytes.release();
    }
}
