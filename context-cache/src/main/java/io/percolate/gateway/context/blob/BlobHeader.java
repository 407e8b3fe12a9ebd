package io.percolate.gateway.context.blob;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The clear beginning of a blob: what a reader must know to open it. Every byte of it is authenticated with the content.
 *
 * <pre>
 *  0  4  magic "PGCB"
 *  4  1  format version, 1
 *  5  1  purpose
 *  6  1  who can open it: 1, gateway and pods ({@code node_based}); what only devices can open is stored bare
 *  7  1  compression: 1, zstd
 *  8  4  version of the tenant's key
 * 12  8  epoch under which it was written
 * 20  8  length of the content, -1 where it was not known when the writing began
 * 28  1  length of the content type
 * 29  n  content type, US-ASCII
 * </pre>
 *
 * Numbers are big-endian. What follows is Tink's streaming ciphertext of one zstd stream.
 *
 * @param keyVersion at least 1
 * @param epoch at least 0
 * @param contentLength in bytes before compression; {@link #LENGTH_UNKNOWN} only for a snapshot
 * @param contentType printable US-ASCII, at most 255 characters
 */
public record BlobHeader(BlobPurpose purpose, int keyVersion, long epoch, long contentLength, String contentType) {
    public static final long LENGTH_UNKNOWN = -1;

    /** The longest header, in bytes. */
    public static final int BYTES_MAX = 29 + 255;

    private static final int FIXED_BYTES = 29;
    private static final int CONTENT_TYPE_LENGTH_MAX = 255;
    private static final byte[] MAGIC = {'P', 'G', 'C', 'B'};
    private static final int FORMAT_VERSION = 1;
    private static final int NODE_BASED = 1;
    private static final int ZSTD = 1;

    public BlobHeader {
        if (keyVersion < 1 || epoch < 0) {
            throw new IllegalArgumentException(
                    "a blob needs a key version from 1 and an epoch from 0, not " + keyVersion + " and " + epoch);
        }
        if (contentLength < 0 && (contentLength != LENGTH_UNKNOWN || purpose != BlobPurpose.SNAPSHOT)) {
            throw new IllegalArgumentException("a " + purpose + " cannot have the length " + contentLength);
        }
        if (contentType.isBlank()
                || contentType.length() > CONTENT_TYPE_LENGTH_MAX
                || contentType.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw new IllegalArgumentException("a content type has 1 to " + CONTENT_TYPE_LENGTH_MAX
                    + " printable US-ASCII characters: '" + contentType + "'");
        }
    }

    /** Reads the header and leaves the stream at the first byte after it. */
    public static BlobHeader read(InputStream sealed) throws IOException {
        DataInputStream in = new DataInputStream(sealed);
        byte[] magic = in.readNBytes(MAGIC.length);
        if (!Arrays.equals(magic, MAGIC)) {
            throw new UnreadableBlobException(
                    Unreadable.NOT_A_BLOB, "expected a blob that begins with PGCB, got " + Arrays.toString(magic));
        }
        try {
            int version = in.readUnsignedByte();
            if (version != FORMAT_VERSION) {
                throw new UnreadableBlobException(
                        Unreadable.FORMAT_UNKNOWN, "expected format version " + FORMAT_VERSION + ", got " + version);
            }
            return readVersionOne(in);
        } catch (EOFException cut) {
            throw new UnreadableBlobException(Unreadable.HEADER_INVALID, "the header is cut short", cut);
        } catch (IllegalArgumentException impossible) {
            throw new UnreadableBlobException(
                    Unreadable.HEADER_INVALID, String.valueOf(impossible.getMessage()), impossible);
        }
    }

    private static BlobHeader readVersionOne(DataInputStream in) throws IOException {
        int purpose = in.readUnsignedByte();
        int opener = in.readUnsignedByte();
        int compression = in.readUnsignedByte();
        int keyVersion = in.readInt();
        long epoch = in.readLong();
        long contentLength = in.readLong();
        byte[] contentType = new byte[in.readUnsignedByte()];
        in.readFully(contentType);
        if (opener != NODE_BASED || compression != ZSTD) {
            throw new UnreadableBlobException(
                    Unreadable.HEADER_INVALID,
                    "expected opener 1 and compression 1, got " + opener + " and " + compression);
        }
        return new BlobHeader(
                BlobPurpose.of(purpose)
                        .orElseThrow(() -> new IllegalArgumentException("no purpose has the code " + purpose)),
                keyVersion,
                epoch,
                contentLength,
                new String(contentType, StandardCharsets.ISO_8859_1));
    }

    /** The header as it stands in the blob. */
    byte[] encoded() {
        return fill(ByteBuffer.allocate(FIXED_BYTES + contentType.length())).array();
    }

    /** What the content is bound to: this header and the tenant. */
    byte[] associatedData(TenantId tenant) {
        return fill(ByteBuffer.allocate(FIXED_BYTES + contentType.length() + 2 * Long.BYTES))
                .putLong(tenant.value().getMostSignificantBits())
                .putLong(tenant.value().getLeastSignificantBits())
                .array();
    }

    private ByteBuffer fill(ByteBuffer bytes) {
        return bytes.put(MAGIC)
                .put((byte) FORMAT_VERSION)
                .put((byte) purpose.code())
                .put((byte) NODE_BASED)
                .put((byte) ZSTD)
                .putInt(keyVersion)
                .putLong(epoch)
                .putLong(contentLength)
                .put((byte) contentType.length())
                .put(contentType.getBytes(StandardCharsets.US_ASCII));
    }
}
