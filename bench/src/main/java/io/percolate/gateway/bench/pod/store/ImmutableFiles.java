package io.percolate.gateway.bench.pod.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * RocksDB's sorted tables: written once under a name of their own, so that a copy made while a tenant is served is as good
 * as one made later.
 *
 * <p>Checksums are remembered by what the file system says of a file, so that a table that was told about before a
 * tenant's requests were held is not read again while they are. A link has the identity of what it is a link to.
 */
public final class ImmutableFiles {
    private static final int REMEMBERED_MAX = 10_000;

    private final Map<Identity, String> checksums = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Identity, String> eldest) {
            return size() > REMEMBERED_MAX;
        }
    });

    private record Identity(@Nullable Object key, long size, FileTime modified) {}

    public static boolean is(Path file) {
        return String.valueOf(file.getFileName()).endsWith(".sst");
    }

    /** Those of a folder. */
    public static List<Path> in(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(ImmutableFiles::is).sorted().toList();
        }
    }

    public FileFact fact(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        Identity identity = new Identity(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        String checksum = identity.key() == null ? null : checksums.get(identity);
        if (checksum == null) {
            checksum = sha256(file);
            checksums.put(identity, checksum);
        }
        return new FileFact(String.valueOf(file.getFileName()), attributes.size(), checksum);
    }

    private static String sha256(Path file) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream content = new DigestInputStream(Files.newInputStream(file), digest)) {
                content.transferTo(java.io.OutputStream.nullOutputStream());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
