package io.percolate.gateway.context.blob;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A blob that is sealed as it is read. */
final class SealedStream extends InputStream {
    private static final int CONTENT_CHUNK_BYTES = 64 * 1024;

    private final BlobSealer sealer;
    private final InputStream content;
    private final byte[] chunk = new byte[CONTENT_CHUNK_BYTES];
    private ByteBuffer sealed = ByteBuffer.allocate(0);
    private boolean finished;

    SealedStream(BlobSealer sealer, InputStream content) {
        this.sealer = sealer;
        this.content = content;
    }

    @Override
    public int read() throws IOException {
        return fill() ? Byte.toUnsignedInt(sealed.get()) : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int taken = Math.min(length, sealed.remaining());
        sealed.get(bytes, offset, taken);
        return taken;
    }

    private boolean fill() throws IOException {
        while (!sealed.hasRemaining() && !finished) {
            int length = content.read(chunk);
            if (length < 0) {
                sealer.finish();
                finished = true;
            } else {
                sealer.write(ByteBuffer.wrap(chunk, 0, length));
            }
            sealed = sealer.drain();
        }
        return sealed.hasRemaining();
    }

    @Override
    public void close() throws IOException {
        try (content) {
            sealer.close();
        }
    }
}
