package io.percolate.gateway.bench.pod.host;

import io.percolate.gateway.bench.pod.store.FileFact;
import io.percolate.gateway.bench.pod.store.ImmutableFiles;
import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * Files that were fetched for loads to come. They lie with what is under way and are of no worth by themselves: a load
 * takes the ones that its source names, and they go with it, by order, after a time, and when the pod starts.
 */
final class Staging implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Staging.class);
    private static final long KEPT_NANOS = Duration.ofMinutes(15).toNanos();
    private static final long SWEEP_SECONDS = 60;
    /** In the stream of what is not staged: names, one a line, of what the receiver has to take from there. */
    static final String LIST = "STAGED";

    private final ImmutableFiles files = new ImmutableFiles();
    private final Map<TenantId, Staged> byTenant = new ConcurrentHashMap<>();
    private final int tenantsMax;
    private final Disposable sweeps;

    /** A tenant's staged files, by name. */
    record Staged(Path folder, Map<String, FileFact> facts, long sinceNanos) {
        long bytes() {
            return facts.values().stream().mapToLong(FileFact::size).sum();
        }
    }

    Staging(int tenantsMax, Scheduler blocking) {
        this.tenantsMax = tenantsMax;
        this.sweeps = blocking.schedulePeriodically(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
    }

    ImmutableFiles files() {
        return files;
    }

    boolean isFull(TenantId tenant) {
        return byTenant.size() >= tenantsMax && !byTenant.containsKey(tenant);
    }

    /** Takes an unpacked folder, of which only the files that never change are kept. */
    Staged keep(TenantId tenant, Path unpacked) {
        try {
            Map<String, FileFact> facts = new LinkedHashMap<>();
            for (Path file : ImmutableFiles.in(unpacked)) {
                FileFact fact = files.fact(file);
                facts.put(fact.name(), fact);
            }
            Staged staged = new Staged(unpacked, facts, System.nanoTime());
            Staged before = byTenant.put(tenant, staged);
            if (before != null) {
                delete(before.folder());
            }
            return staged;
        } catch (IOException e) {
            throw new DataException("what was staged cannot be read", e);
        }
    }

    Optional<Staged> of(TenantId tenant) {
        return Optional.ofNullable(byTenant.get(tenant));
    }

    /** Puts the files that the source has named into the folder that it has sent the rest of. */
    static void complete(Path folder, Staged staged) {
        Path list = folder.resolve(LIST);
        try {
            for (String name : Files.readAllLines(list)) {
                if (!staged.facts().containsKey(name)) {
                    throw new DataException("the source counts on '" + name + "', which it was not told of");
                }
                Files.move(staged.folder().resolve(name), folder.resolve(name));
            }
            Files.delete(list);
        } catch (NoSuchFileException e) {
            throw new DataException("a staged file is gone", e);
        } catch (IOException e) {
            throw new DataException("the staged files cannot be used", e);
        }
    }

    void drop(TenantId tenant) {
        Staged staged = byTenant.remove(tenant);
        if (staged != null) {
            delete(staged.folder());
        }
    }

    Collection<TenantId> tenants() {
        return List.copyOf(byTenant.keySet());
    }

    private void sweep() {
        long now = System.nanoTime();
        byTenant.forEach((tenant, staged) -> {
            if (now - staged.sinceNanos() > KEPT_NANOS && byTenant.remove(tenant, staged)) {
                log.info("what was staged of tenant {} was not asked for and is dropped", tenant);
                delete(staged.folder());
            }
        });
    }

    private static void delete(Path folder) {
        try {
            Workspace.deleteAll(folder);
        } catch (IOException e) {
            log.warn("cannot delete {}; it goes when the pod starts again", folder, e);
        }
    }

    @Override
    public void close() {
        sweeps.dispose();
    }
}
