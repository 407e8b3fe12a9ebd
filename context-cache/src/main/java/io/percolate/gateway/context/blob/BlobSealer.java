package io.percolate.gateway.context.blob;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.google.crypto.tink.StreamingAead;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;

/**
 * Seals one blob, piece by piece: content goes in by {@link #write}, sealed bytes come out by {@link #drain}. Holds
 * native memory until closed. Safe to close from another thread.
 */
final class BlobSealer implements AutoCloseable {
    /** The level at which zstd costs about as much as the encryption and the network. */
    private static final int COMPRESSION_LEVEL = 3;

    private static final int COPY_BYTES = 16 * 1024;

    private final ByteArrayOutputStream sealed = new ByteArrayOutputStream();
    private final OutputStream content;
    private final long contentLength;
    private long written;
    private boolean closed;

    BlobSealer(BlobHeader header, TenantId tenant, StreamingAead key) throws IOException {
        contentLength = header.contentLength();
        sealed.writeBytes(header.encoded());
        try {
            content = new ZstdOutputStreamNoFinalizer(
                    key.newEncryptingStream(sealed, header.associatedData(tenant)), COMPRESSION_LEVEL);
        } catch (GeneralSecurityException refused) {
            throw new IOException("the tenant's key cannot seal: " + refused.getMessage(), refused);
        }
    }

    /** Takes the remaining bytes of the buffer. */
    synchronized void write(ByteBuffer bytes) throws IOException {
        written += bytes.remaining();
        if (contentLength >= 0 && written > contentLength) {
            throw wrongLength("more");
        }
        if (bytes.hasArray()) {
            content.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            bytes.position(bytes.limit());
            return;
        }
        byte[] copy = new byte[Math.min(COPY_BYTES, bytes.remaining())];
        while (bytes.hasRemaining()) {
            int length = Math.min(copy.length, bytes.remaining());
            bytes.get(copy, 0, length);
            content.write(copy, 0, length);
        }
    }

    /** Ends the content; what is left is then drained. */
    synchronized void finish() throws IOException {
        if (contentLength >= 0 && written < contentLength) {
            throw wrongLength("only " + written);
        }
        closed = true;
        content.close();
    }

    /** What has been sealed since the last call; may be empty. */
    synchronized ByteBuffer drain() {
        ByteBuffer bytes = ByteBuffer.wrap(sealed.toByteArray());
        sealed.reset();
        return bytes;
    }

    /** Drops what is unfinished. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            content.close();
            sealed.reset();
        }
    }

    private IOException wrongLength(String got) {
        return new IOException("the content was announced with " + contentLength + " bytes, but has " + got);
    }
}
