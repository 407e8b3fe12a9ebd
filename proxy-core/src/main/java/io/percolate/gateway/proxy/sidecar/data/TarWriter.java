package io.percolate.gateway.proxy.sidecar.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes a directory as a tar of files and directories (POSIX.1-2001: names and sizes that ustar has no room for go to
 * extended headers). What is neither, a link for instance, is refused rather than left out.
 */
final class TarWriter {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path root;
    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_BYTES];

    private TarWriter(Path root, OutputStream out) {
        this.root = root;
        this.out = out;
    }

    static void write(Path root, OutputStream out) throws IOException {
        TarWriter writer = new TarWriter(root, out);
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                writer.entry(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        out.write(new byte[2 * TarBlock.BYTES]);
    }

    private void entry(Path file) throws IOException {
        PosixFileAttributes attributes =
                Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        String name = file.equals(root) ? "./" : root.relativize(file).toString();
        long seconds = attributes.lastModifiedTime().toMillis() / 1000;
        if (attributes.isDirectory()) {
            header('5', name.endsWith("/") ? name : name + "/", mode(attributes.permissions()), 0, seconds);
        } else if (attributes.isRegularFile()) {
            header('0', name, mode(attributes.permissions()), attributes.size(), seconds);
            content(file, attributes.size());
        } else {
            throw new IOException(name + " is neither a file nor a directory");
        }
    }

    private void header(char type, String name, int mode, long size, long seconds) throws IOException {
        StringBuilder extended = new StringBuilder();
        boolean plain = name.length() <= TarBlock.NAME_BYTES_MAX && name.chars().allMatch(c -> c >= ' ' && c < 0x7f);
        if (!plain) {
            extended.append(record("path", name));
        }
        if (size > TarBlock.SIZE_MAX) {
            extended.append(record("size", Long.toString(size)));
        }
        if (!extended.isEmpty()) {
            byte[] records = extended.toString().getBytes(StandardCharsets.UTF_8);
            out.write(TarBlock.of('x', "extended", 0644, records.length, 0));
            out.write(records);
            pad(records.length);
        }
        out.write(TarBlock.of(type, plain ? name : "extended", mode, size > TarBlock.SIZE_MAX ? 0 : size, seconds));
    }

    /** A record of an extended header says its own length in bytes, the digits of it included. */
    private static String record(String key, String value) {
        int rest = (" " + key + "=" + value + "\n").getBytes(StandardCharsets.UTF_8).length;
        int length = rest + Integer.toString(rest).length();
        if (Integer.toString(length).length() > Integer.toString(rest).length()) {
            length = rest + Integer.toString(length).length();
        }
        return length + " " + key + "=" + value + "\n";
    }

    private void content(Path file, long size) throws IOException {
        long left = size;
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            while (left > 0) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    throw new IOException(file.getFileName() + " became shorter while it was read");
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        pad(size);
    }

    private void pad(long size) throws IOException {
        int over = (int) (size % TarBlock.BYTES);
        if (over > 0) {
            out.write(new byte[TarBlock.BYTES - over]);
        }
    }

    private static int mode(Set<PosixFilePermission> permissions) {
        int mode = 0;
        for (PosixFilePermission permission : permissions) {
            mode |= 0400 >> TarBlock.PERMISSIONS.indexOf(permission);
        }
        return mode;
    }
}
