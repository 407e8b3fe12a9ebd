package io.percolate.gateway.context.blob;

import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.google.crypto.tink.StreamingAead;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * The content of a blob.
 *
 * <p>Three layers, each of which fails in its own way, and all of them by {@link IOException}: the sealed stream (the
 * network), the decryption (not authentic), the decompression (not valid). Each of the lower two remembers its failure
 * on the way up, so that a broken connection is never taken for a forged blob.
 */
final class OpenedStream extends InputStream {
    private static final int BUFFER_BYTES = 16 * 1024;
    /** 8 MiB: the most native memory for history that a blob may ask its reader for. */
    private static final int WINDOW_LOG_MAX = 23;

    private final BlobHeader header;
    private final long contentBytesMax;
    private final Watched sealed;
    private final Watched compressed;
    private final ZstdInputStreamNoFinalizer content;
    private long opened;

    OpenedStream(BlobHeader header, TenantId tenant, StreamingAead key, InputStream source, long contentBytesMax)
            throws IOException {
        this.header = header;
        this.contentBytesMax = contentBytesMax;
        this.sealed = new Watched(source);
        try {
            this.compressed = new Watched(key.newDecryptingStream(
                    new BufferedInputStream(sealed, BUFFER_BYTES), header.associatedData(tenant)));
        } catch (GeneralSecurityException refused) {
            throw new IOException("the tenant's key cannot open: " + refused.getMessage(), refused);
        }
        this.content = new ZstdInputStreamNoFinalizer(compressed).setLongMax(WINDOW_LOG_MAX);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        int count;
        try {
            count = content.read(bytes, offset, length);
        } catch (IOException failed) {
            throw classified(failed);
        }
        if (count < 0) {
            requireAnnouncedLength();
            return count;
        }
        opened += count;
        if (opened > contentBytesMax) {
            throw new UnreadableBlobException(
                    Unreadable.CONTENT_TOO_LARGE, "holds more than the " + contentBytesMax + " bytes accepted");
        }
        if (header.contentLength() >= 0 && opened > header.contentLength()) {
            throw new UnreadableBlobException(
                    Unreadable.CONTENT_INVALID, "holds more than the " + header.contentLength() + " bytes announced");
        }
        return count;
    }

    private void requireAnnouncedLength() throws UnreadableBlobException {
        if (header.contentLength() >= 0 && opened != header.contentLength()) {
            throw new UnreadableBlobException(
                    Unreadable.CONTENT_INVALID, "holds " + opened + " bytes, announced were " + header.contentLength());
        }
    }

    private IOException classified(IOException failed) {
        if (sealed.failure != null) {
            return sealed.failure;
        }
        if (compressed.failure != null) {
            return new UnreadableBlobException(
                    Unreadable.NOT_AUTHENTIC,
                    "not what was sealed for this tenant with key version " + header.keyVersion()
                            + ": damaged, cut short, extended, or another tenant's",
                    compressed.failure);
        }
        return failed instanceof ZstdIOException
                ? new UnreadableBlobException(Unreadable.CONTENT_INVALID, String.valueOf(failed.getMessage()), failed)
                : failed;
    }

    @Override
    public void close() throws IOException {
        content.close();
    }

    /** Remembers how the stream below it failed. */
    private static final class Watched extends FilterInputStream {
        private @Nullable IOException failure;

        Watched(InputStream below) {
            super(below);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            try {
                return in.read(bytes, offset, length);
            } catch (IOException failed) {
                failure = failed;
                throw failed;
            }
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
