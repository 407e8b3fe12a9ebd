package io.percolate.gateway.proxy.pod.data;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A folder for what is under way, of no worth after a crash: cleared when it is opened. */
public final class Workspace {
    private static final Logger log = LoggerFactory.getLogger(Workspace.class);

    private final Path folder;
    private final AtomicLong paths = new AtomicLong();

    private Workspace(Path folder) {
        this.folder = folder;
    }

    public static Workspace open(Path state) throws IOException {
        Path folder = state.resolve("scratch");
        deleteAll(folder);
        return new Workspace(Files.createDirectories(folder));
    }

    /** A path of its own for something under way; whoever asks discards it. Never blocks. */
    public Path scratch() {
        return folder.resolve("work-" + paths.incrementAndGet());
    }

    /** Deletes a path of this workspace; what cannot be deleted goes with the next start. */
    public void discard(Path path) {
        try {
            deleteAll(path);
        } catch (IOException e) {
            log.warn("cannot delete {}; it goes with the next start", path, e);
        }
    }

    /** Deletes a file or a folder with all that is in it, and follows no links; fine where it is gone. */
    public static void deleteAll(Path path) throws IOException {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure)
                        throws IOException {
                    if (failure != null) {
                        throw failure;
                    }
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (NoSuchFileException gone) {
            // As wanted.
        }
    }
}
