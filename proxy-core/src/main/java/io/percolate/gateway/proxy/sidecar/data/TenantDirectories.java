package io.percolate.gateway.proxy.sidecar.data;

import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;

/** Tenants' data as directories of an application, {@code <data>/<tenant>}; each is replaced as a whole, by a rename. */
public final class TenantDirectories {
    private final Path data;
    private final Workspace workspace;
    private final long bytesMax;

    private TenantDirectories(Path data, Workspace workspace, long bytesMax) {
        this.data = data;
        this.workspace = workspace;
        this.bytesMax = bytesMax;
    }

    /** Fails where the workspace is on another file system: a rename would not be one. */
    public static TenantDirectories open(Path data, Workspace workspace, long bytesMax) throws IOException {
        Path here = Files.createDirectories(data);
        Path probe = workspace.scratch();
        Path target = here.resolve("." + probe.getFileName());
        Files.createFile(probe);
        try {
            Files.move(probe, target, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(target);
        } catch (IOException other) {
            workspace.discard(probe);
            throw new IOException(
                    "the state and the data must be on one file system: cannot rename to " + here + ": "
                            + other.getMessage(),
                    other);
        }
        return new TenantDirectories(here, workspace, bytesMax);
    }

    /** Makes the tenant's directory where it has none. */
    public void make(TenantId tenant) {
        try {
            Files.createDirectories(of(tenant));
        } catch (IOException e) {
            throw failed("made", tenant, e);
        }
    }

    /** Packs the directory, which nobody changes meanwhile, to a file that is made. */
    public void pack(TenantId tenant, Path tar) {
        try (OutputStream out = Files.newOutputStream(tar)) {
            TarWriter.write(of(tenant), out);
        } catch (IOException | UncheckedIOException e) {
            throw failed("packed", tenant, e);
        }
    }

    /** Puts what a tar file holds in the place of the tenant's directory; changes nothing where it is not sound: a {@link DataException}. */
    public void replace(TenantId tenant, Path tar) {
        Path unpacked = workspace.scratch();
        try {
            try {
                TarReader.unpack(tar, unpacked, bytesMax);
            } catch (IOException e) {
                throw failed("unpacked", tenant, e);
            }
            putAside(tenant);
            Files.move(unpacked, of(tenant), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException halfway) {
            throw new UncheckedIOException("the directory of " + tenant + " cannot be replaced", halfway);
        } finally {
            workspace.discard(unpacked);
        }
    }

    /** Deletes the tenant's directory; fine where there is none. */
    public void delete(TenantId tenant) {
        try {
            putAside(tenant);
        } catch (IOException e) {
            throw failed("deleted", tenant, e);
        }
    }

    public long sizeBytes(TenantId tenant) {
        try (Stream<Path> files = Files.walk(of(tenant))) {
            return files.mapToLong(TenantDirectories::sizeOrGone).sum();
        } catch (IOException | UncheckedIOException gone) {
            return 0;
        }
    }

    private void putAside(TenantId tenant) throws IOException {
        Path folder = of(tenant);
        if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            Path aside = workspace.scratch();
            Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
            workspace.discard(aside);
        }
    }

    private Path of(TenantId tenant) {
        return data.resolve(tenant.toString());
    }

    private static long sizeOrGone(Path file) {
        try {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) ? Files.size(file) : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    private static DataException failed(String what, TenantId tenant, Exception e) {
        return new DataException("the directory of " + tenant + " cannot be " + what + ": " + e.getMessage(), e);
    }
}
