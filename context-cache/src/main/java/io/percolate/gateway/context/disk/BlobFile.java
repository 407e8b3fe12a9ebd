package io.percolate.gateway.context.disk;

import io.percolate.gateway.context.store.StoredObject;
import io.percolate.gateway.context.store.StoredObject.Notes;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * A file with one object of the bucket as it is there.
 *
 * <pre>
 *  "PGCD", format version 1
 *  length of the head that follows (4), CRC-32C of that head (4)
 *  head: tenant (16), tier, epoch of the route (8), confirmed at (8), entity tag, last modified (8), length (8),
 *        content type, notes
 *  the object
 *  CRC-32C of head and object (4)
 * </pre>
 *
 * The checksum finds what disks do; who may read what is inside, and that nobody forged it, is the matter of the blob.
 *
 * @param headBytes where the object begins
 * @param routeEpoch of the tenant's route when the store gave it out
 * @param fetched when that was
 */
record BlobFile(
        Path path, TenantId tenant, Tier tier, long routeEpoch, Instant fetched, StoredObject object, int headBytes) {
    static final String SUFFIX = ".blob";
    static final int TRAILER_BYTES = Integer.BYTES;
    private static final int MAGIC = 0x50474344;
    private static final byte FORMAT_VERSION = 1;
    private static final int PREAMBLE_BYTES = 4 + 1 + 4 + 4;
    private static final int HEAD_BYTES_MAX = 4096;
    private static final int BUFFER_BYTES = 64 * 1024;

    /** The bytes of the whole file. */
    long fileBytes() {
        return headBytes + object.length() + TRAILER_BYTES;
    }

    /** What stands before the object. */
    static byte[] head(TenantId tenant, Tier tier, long routeEpoch, Instant fetched, StoredObject object)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeLong(tenant.value().getMostSignificantBits());
        out.writeLong(tenant.value().getLeastSignificantBits());
        out.writeUTF(tier.name());
        out.writeLong(routeEpoch);
        out.writeLong(fetched.toEpochMilli());
        out.writeUTF(object.etag());
        out.writeLong(object.lastModified().toEpochMilli());
        out.writeLong(object.length());
        out.writeUTF(object.contentType());
        Notes notes = object.notes();
        out.writeLong(notes.epoch().orElse(-1L));
        out.writeUTF(notes.securityMode().map(Enum::name).orElse(""));
        out.writeLong(notes.contentLength().orElse(-1L));
        byte[] head = bytes.toByteArray();
        if (head.length > HEAD_BYTES_MAX) {
            throw new IOException("the head of a file has at most " + HEAD_BYTES_MAX + " bytes, not " + head.length);
        }
        CRC32C sum = new CRC32C();
        sum.update(head);
        return ByteBuffer.allocate(PREAMBLE_BYTES + head.length)
                .putInt(MAGIC)
                .put(FORMAT_VERSION)
                .putInt(head.length)
                .putInt((int) sum.getValue())
                .put(head)
                .array();
    }

    /** Reads what a file says of itself, and looks whether it is as long as that; {@link IOException} where not. */
    static BlobFile read(Path path) throws IOException {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(path)))) {
            if (in.readInt() != MAGIC || in.readByte() != FORMAT_VERSION) {
                throw new IOException("not a file of this format");
            }
            int length = in.readInt();
            int expected = in.readInt();
            if (length <= 0 || length > HEAD_BYTES_MAX) {
                throw new IOException("a head of " + length + " bytes");
            }
            byte[] head = in.readNBytes(length);
            CRC32C sum = new CRC32C();
            sum.update(head);
            if (head.length != length || (int) sum.getValue() != expected) {
                throw new IOException("the head is damaged");
            }
            BlobFile file = parsed(path, head);
            if (Files.size(path) != file.fileBytes()) {
                throw new IOException("expected " + file.fileBytes() + " bytes, found " + Files.size(path));
            }
            return file;
        } catch (IllegalArgumentException nonsense) {
            throw new IOException("the head makes no sense: " + nonsense.getMessage(), nonsense);
        }
    }

    private static BlobFile parsed(Path path, byte[] head) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(head));
        TenantId tenant = new TenantId(new UUID(in.readLong(), in.readLong()));
        Tier tier = Tier.valueOf(in.readUTF());
        long routeEpoch = in.readLong();
        Instant fetched = Instant.ofEpochMilli(in.readLong());
        String etag = in.readUTF();
        Instant modified = Instant.ofEpochMilli(in.readLong());
        long length = in.readLong();
        String contentType = in.readUTF();
        long epoch = in.readLong();
        String mode = in.readUTF();
        long contentLength = in.readLong();
        if (length < 0) {
            throw new IOException("an object of " + length + " bytes");
        }
        Notes notes = new Notes(
                Optional.of(epoch).filter(known -> known >= 0),
                mode.isEmpty() ? Optional.empty() : Optional.of(SecurityMode.valueOf(mode)),
                Optional.of(contentLength).filter(known -> known >= 0));
        return new BlobFile(
                path,
                tenant,
                tier,
                routeEpoch,
                fetched,
                new StoredObject(etag, modified, length, contentType, notes),
                PREAMBLE_BYTES + head.length);
    }

    /** Reads all of it and compares the checksum, since later it would be too late to take another. */
    void verify() throws IOException {
        CRC32C sum = new CRC32C();
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream in = Files.newInputStream(path)) {
            in.skipNBytes(PREAMBLE_BYTES);
            long left = headBytes - PREAMBLE_BYTES + object.length();
            while (left > 0) {
                int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (count < 0) {
                    throw new EOFException("cut short");
                }
                sum.update(buffer, 0, count);
                left -= count;
            }
            if (ByteBuffer.wrap(in.readNBytes(TRAILER_BYTES)).getInt() != (int) sum.getValue()) {
                throw new IOException("the checksum does not hold");
            }
        } catch (BufferUnderflowException cut) {
            throw new EOFException("cut short");
        }
    }

    /** The object's bytes. */
    InputStream open() throws IOException {
        InputStream in = Files.newInputStream(path);
        try {
            in.skipNBytes(headBytes);
            return new Bounded(new BufferedInputStream(in, BUFFER_BYTES), object.length());
        } catch (IOException failed) {
            in.close();
            throw failed;
        }
    }

    static CRC32C sumBegun(byte[] head) {
        CRC32C sum = new CRC32C();
        sum.update(head, PREAMBLE_BYTES, head.length - PREAMBLE_BYTES);
        return sum;
    }

    /** The first bytes of a stream. */
    private static final class Bounded extends InputStream {
        private final InputStream in;
        private long left;

        Bounded(InputStream in, long length) {
            this.in = in;
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return length == 0 ? 0 : -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            left -= Math.max(count, 0);
            return count;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
