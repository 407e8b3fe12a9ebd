package io.percolate.gateway.proxy.engine.tls;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something made of files, made anew when their contents change; what cannot be made leaves the last good one in use.
 *
 * <p>Contents are compared, not times: a Kubernetes secret is swapped by a symbolic link whose target may be older, and
 * a file that was half written when it was read is different when it is whole. Read from any thread; {@link #look} and
 * {@link #close} block.
 */
public final class ReloadedFiles<T> implements AutoCloseable {
    /** How it is made. */
    public interface Loader<T> {
        T load() throws TlsMaterialException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReloadedFiles.class);

    private final String name;
    private final List<Path> files;
    private final Loader<T> loader;
    private final Consumer<? super T> retire;
    private final LongAdder reloads = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile T current;
    private volatile @Nullable String problem;
    private byte[] loaded;
    private byte[] tried;
    private boolean closed;

    private ReloadedFiles(
            String name, List<Path> files, Loader<T> loader, Consumer<? super T> retire, T first, byte[] digest) {
        this.name = name;
        this.files = files;
        this.loader = loader;
        this.retire = retire;
        this.current = first;
        this.loaded = digest;
        this.tried = digest;
    }

    /**
     * Makes it for the first time. Blocks.
     *
     * @param name what it is, for the log
     * @param retire told of each one that is in use no more, after another has taken its place
     */
    public static <T> ReloadedFiles<T> load(String name, List<Path> files, Loader<T> loader, Consumer<? super T> retire)
            throws TlsMaterialException {
        // Before the loading: what changes meanwhile is seen as a change at the next look.
        byte[] digest = digest(files);
        return new ReloadedFiles<>(name, List.copyOf(files), loader, retire, loader.load(), digest);
    }

    /** The newest good one. */
    public T current() {
        return current;
    }

    /** Looks whether the files have changed, and makes it anew if so; whether it did. */
    public boolean look() {
        return look(() -> {});
    }

    /** As {@link #look()}; {@code replaced} is run when the new one is in use and the old one is not retired yet. */
    public synchronized boolean look(Runnable replaced) {
        if (closed) {
            return false;
        }
        byte[] now = digest(files);
        if (Arrays.equals(now, loaded)) {
            // Also what was broken in between and is as it was before.
            problem = null;
            tried = now;
            return false;
        }
        if (Arrays.equals(now, tried)) {
            return false;
        }
        tried = now;
        T before = current;
        try {
            current = loader.load();
        } catch (TlsMaterialException | RuntimeException broken) {
            failures.increment();
            problem = String.valueOf(broken.getMessage());
            LOG.error("{}: the changed files cannot be used, those before stay in use: {}", name, problem);
            return false;
        }
        loaded = now;
        problem = null;
        reloads.increment();
        LOG.info("{}: changed files are in use", name);
        replaced.run();
        retire.accept(before);
        return true;
    }

    /** What it is, for the log. */
    public String name() {
        return name;
    }

    /** Why the files as they are now are not in use; null when they are. */
    public @Nullable String problem() {
        return problem;
    }

    /** How often changed files came into use. */
    public long reloads() {
        return reloads.sum();
    }

    /** How often changed files could not be used. */
    public long failures() {
        return failures.sum();
    }

    /** Retires the one in use, and looks no more. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            retire.accept(current);
        }
    }

    private static byte[] digest(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                byte[] bytes;
                try {
                    bytes = PemFile.bytes(file);
                } catch (TlsMaterialException unreadable) {
                    // A state of its own, told by the loader if it lasts.
                    bytes = ("unreadable: " + unreadable.getMessage()).getBytes(StandardCharsets.UTF_8);
                }
                digest.update((byte) (bytes.length >>> 16));
                digest.update((byte) (bytes.length >>> 8));
                digest.update((byte) bytes.length);
                digest.update(bytes);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every JDK has SHA-256", absent);
        }
    }
}
