package io.percolate.gateway.proxy.sidecar.data;

import io.percolate.gateway.proxy.pod.data.DataException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a tar that comes from elsewhere: files and directories below one new folder, and nothing else, in bounds.
 *
 * <p>Reads what {@link TarWriter} and the tar programs of GNU and BSD write. Links, devices and names that lead out of
 * the folder are refused.
 */
final class TarReader {
    private static final int EXTENDED_BYTES_MAX = 64 * 1024;
    private static final int ENTRIES_MAX = 1_000_000;
    private static final int DEPTH_MAX = 64;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final InputStream in;
    private final Path folder;
    private final long bytesMax;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long bytes;
    private int entries;
    private @Nullable String nextName;
    private long nextSize = -1;

    private TarReader(InputStream in, Path folder, long bytesMax) {
        this.in = in;
        this.folder = folder;
        this.bytesMax = bytesMax;
    }

    /** @param folder that does not exist yet; its files are on the disk for good once this returns */
    static void unpack(Path tar, Path folder, long bytesMax) throws IOException {
        try (InputStream file = new BufferedInputStream(Files.newInputStream(tar), BUFFER_BYTES)) {
            Files.createDirectory(folder);
            new TarReader(file, folder, bytesMax).all();
        }
    }

    private void all() throws IOException {
        byte[] block = block();
        while (!TarBlock.isEnd(block)) {
            entry(TarBlock.read(block));
            block = block();
        }
        if (entries == 0) {
            throw new DataException("expected the files of a tenant, got an empty tar");
        }
    }

    private void entry(TarBlock header) throws IOException {
        switch (header.type()) {
            case 'x' -> extended(new String(small(header.size()), StandardCharsets.UTF_8));
            case 'g' -> small(header.size());
            case 'L' -> nextName = untilZero(small(header.size()));
            case '0', '5' -> {
                Path path = path(nextName == null ? header.name() : nextName);
                long size = nextSize < 0 ? header.size() : nextSize;
                nextName = null;
                nextSize = -1;
                if (++entries > ENTRIES_MAX) {
                    throw new DataException("the data have more than " + ENTRIES_MAX + " files");
                }
                if (header.type() == '5') {
                    Files.createDirectories(path);
                    Files.setPosixFilePermissions(path, permissions(header.mode() | 0700));
                } else {
                    file(path, size, header);
                }
            }
            default ->
                throw new DataException("expected files and directories in the tar, got an entry of type '"
                        + header.type() + "': " + header.name());
        }
    }

    private void file(Path path, long size, TarBlock header) throws IOException {
        if (size < 0 || size > bytesMax - bytes) {
            throw new DataException("the data are larger than " + bytesMax + " bytes");
        }
        bytes += size;
        if (path.equals(folder)) {
            throw new DataException("expected a directory at the root of the tar, got a file");
        }
        try {
            Files.createDirectories(path.getParent());
            try (FileChannel out = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                long left = size;
                while (left > 0) {
                    int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                    if (read < 0) {
                        throw cutOff();
                    }
                    ByteBuffer part = ByteBuffer.wrap(buffer, 0, read);
                    while (part.hasRemaining()) {
                        out.write(part);
                    }
                    left -= read;
                }
                out.force(true);
            }
        } catch (FileAlreadyExistsException twice) {
            throw new DataException("the tar has " + folder.relativize(path) + " twice", twice);
        }
        Files.setPosixFilePermissions(path, permissions(header.mode() | 0600));
        Files.setLastModifiedTime(path, FileTime.fromMillis(header.seconds() * 1000));
        skipPadding(size);
    }

    /** Where an entry of this name goes: always below the folder. */
    private Path path(String name) {
        Path path = folder;
        int depth = 0;
        for (String segment : name.split("/", -1)) {
            if ((segment.isEmpty() && depth == 0 && name.startsWith("/")) || segment.equals("..")) {
                throw new DataException("the tar has a name that leads elsewhere: " + name);
            }
            if (segment.isEmpty() || segment.equals(".")) {
                continue;
            }
            if (++depth > DEPTH_MAX) {
                throw new DataException("the tar has directories deeper than " + DEPTH_MAX);
            }
            try {
                path = path.resolve(segment);
            } catch (InvalidPathException invalid) {
                throw new DataException("the tar has a name that cannot be one of a file", invalid);
            }
        }
        return path;
    }

    private void extended(String records) {
        int at = 0;
        while (at < records.length()) {
            int space = records.indexOf(' ', at);
            int equals = records.indexOf('=', at);
            int end = records.indexOf('\n', at);
            if (space < 0 || equals < space || end < equals) {
                throw new DataException("the tar has an extended header that cannot be read");
            }
            String value = records.substring(equals + 1, end);
            switch (records.substring(space + 1, equals)) {
                case "path" -> nextName = value;
                case "size" -> nextSize = size(value);
                default -> {}
            }
            at = end + 1;
        }
    }

    private static long size(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new DataException("expected a size in an extended header of the tar, got '" + text + "'", e);
        }
    }

    private byte[] small(long size) throws IOException {
        if (size > EXTENDED_BYTES_MAX) {
            throw new DataException("the tar has a header of more than " + EXTENDED_BYTES_MAX + " bytes");
        }
        byte[] content = in.readNBytes((int) size);
        if (content.length < size) {
            throw cutOff();
        }
        skipPadding(size);
        return content;
    }

    private static String untilZero(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != 0) {
            end++;
        }
        return new String(text, 0, end, StandardCharsets.UTF_8);
    }

    private byte[] block() throws IOException {
        byte[] block = in.readNBytes(TarBlock.BYTES);
        if (block.length < TarBlock.BYTES) {
            throw cutOff();
        }
        return block;
    }

    private void skipPadding(long size) throws IOException {
        int over = (int) (size % TarBlock.BYTES);
        if (over > 0 && in.readNBytes(TarBlock.BYTES - over).length < TarBlock.BYTES - over) {
            throw cutOff();
        }
    }

    private static DataException cutOff() {
        return new DataException("the tar breaks off");
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < TarBlock.PERMISSIONS.size(); bit++) {
            if ((mode & (0400 >> bit)) != 0) {
                permissions.add(TarBlock.PERMISSIONS.get(bit));
            }
        }
        return permissions;
    }
}
