package io.percolate.gateway.routing.token.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * A key set in a file, read again when its time, size or inode has changed.
 *
 * <p>The inode tells of a swapped symbolic link, which is how Kubernetes updates a mounted Secret.
 */
final class JwksFile implements JwksSource {
    static final Duration CHECK_INTERVAL = Duration.ofSeconds(10);

    private final Path path;
    private final Scheduler blocking;
    private volatile @Nullable Stamp seen;

    /** @param blocking runs the reads, which block */
    JwksFile(Path path, Scheduler blocking) {
        this.path = path;
        this.blocking = blocking;
    }

    private record Stamp(
            FileTime modified, long bytes, @Nullable Object inode) {}

    /** Looking at a file costs nothing. */
    @Override
    public Duration interval(Duration configured) {
        return configured.compareTo(CHECK_INTERVAL) < 0 ? configured : CHECK_INTERVAL;
    }

    @Override
    public Mono<Fetched> fetch(boolean whole) {
        Callable<Fetched> read = () -> read(whole);
        return Mono.fromCallable(read).subscribeOn(blocking);
    }

    private Fetched read(boolean whole) throws IOException {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        Stamp stamp = new Stamp(now.lastModifiedTime(), now.size(), now.fileKey());
        if (!whole && stamp.equals(seen)) {
            return new Fetched.Unchanged();
        }
        try (InputStream in = Files.newInputStream(path)) {
            byte[] bytes = in.readNBytes(JwksEndpoint.BODY_BYTES_MAX + 1);
            if (bytes.length > JwksEndpoint.BODY_BYTES_MAX) {
                throw new JwksException("expected at most " + JwksEndpoint.BODY_BYTES_MAX + " bytes, got more");
            }
            seen = stamp;
            return new Fetched.Document(new String(bytes, StandardCharsets.UTF_8));
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
