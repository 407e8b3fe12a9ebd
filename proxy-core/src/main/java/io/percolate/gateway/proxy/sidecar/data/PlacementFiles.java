package io.percolate.gateway.proxy.sidecar.data;

import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.Placement.Held;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The placements, one small file a tenant: {@code seen N}, {@code held WHAT N} and, where the data went, {@code location
 * URL}. A change is written aside, forced to the disk and renamed, so that a crash leaves the old or the new.
 */
public final class PlacementFiles {
    private final Path folder;
    private final Workspace workspace;

    private PlacementFiles(Path folder, Workspace workspace) {
        this.folder = folder;
        this.workspace = workspace;
    }

    public static PlacementFiles open(Path state, Workspace workspace) throws IOException {
        return new PlacementFiles(Files.createDirectories(state.resolve("placements")), workspace);
    }

    /** All tenants that were ever here; fails on a file that says nothing, since a fence would be missing. */
    public Map<TenantId, Placement> all() throws IOException {
        Map<TenantId, Placement> found = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Optional<TenantId> tenant = TenantId.parse(String.valueOf(file.getFileName()));
                if (tenant.isPresent()) {
                    found.put(tenant.get(), read(file));
                }
            }
        }
        return found;
    }

    /** Remembers, for good once this returns. */
    public void write(TenantId tenant, Placement placement) {
        Path unfinished = workspace.scratch();
        try {
            StringBuilder text = new StringBuilder()
                    .append("seen ")
                    .append(placement.seen())
                    .append("\nheld ")
                    .append(placement.held().name().toLowerCase(Locale.ROOT))
                    .append(' ')
                    .append(placement.dataEpoch())
                    .append('\n');
            if (placement.location() != null) {
                text.append("location ").append(placement.location()).append('\n');
            }
            Files.write(
                    unfinished,
                    text.toString().getBytes(StandardCharsets.UTF_8),
                    StandardOpenOption.CREATE_NEW,
                    StandardOpenOption.SYNC);
            Files.move(
                    unfinished,
                    folder.resolve(tenant.toString()),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel directory = FileChannel.open(folder)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new DataException("the placement of " + tenant + " cannot be written: " + e.getMessage(), e);
        }
    }

    private static Placement read(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        try {
            String[] held = after(lines.get(1), "held ").split(" ", 2);
            return new Placement(
                    Long.parseLong(after(lines.get(0), "seen ")),
                    Held.valueOf(held[0].toUpperCase(Locale.ROOT)),
                    Long.parseLong(held[1]),
                    lines.size() > 2 ? after(lines.get(2), "location ") : null);
        } catch (IllegalArgumentException | IndexOutOfBoundsException unreadable) {
            throw new IOException("expected a placement in " + file + ", got " + lines, unreadable);
        }
    }

    private static String after(String line, String prefix) {
        if (!line.startsWith(prefix)) {
            throw new IllegalArgumentException("expected '" + prefix + "'");
        }
        return line.substring(prefix.length());
    }
}
