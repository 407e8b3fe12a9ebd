package io.percolate.gateway.proxy.sidecar.hook;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.percolate.gateway.proxy.pod.data.DataException;
import io.percolate.gateway.proxy.pod.data.Workspace;
import io.percolate.gateway.proxy.sidecar.data.TenantDirectories;
import io.percolate.gateway.proxy.sidecar.hook.HookCalls.Call;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.resources.LoopResources;

/** An application that is asked by its hooks, and by tenants' directories where it has no hooks for its data. */
public final class HookedApplication implements TenantApplication {
    private final HookConfig config;
    private final Optional<TenantDirectories> directories;
    private final Workspace workspace;
    private final Scheduler blocking;
    private final HttpCalls http;
    private final ExecCalls exec;
    private final MeterRegistry meters;

    /** @param directories absent where hooks have the data */
    public HookedApplication(
            HookConfig config,
            Optional<TenantDirectories> directories,
            Workspace workspace,
            LoopResources loops,
            Scheduler blocking,
            MeterRegistry meters) {
        this.config = config;
        this.directories = directories;
        this.workspace = workspace;
        this.blocking = blocking;
        this.http = new HttpCalls(loops, blocking);
        this.exec = new ExecCalls(blocking);
        this.meters = meters;
    }

    @Override
    public Mono<Void> load(TenantId tenant, long epoch) {
        Mono<Void> directory =
                directories.map(all -> onDisk(() -> all.make(tenant))).orElse(Mono.empty());
        return directory.then(call(HookName.LOAD, tenant, epoch));
    }

    @Override
    public Mono<Void> evict(TenantId tenant, long epoch) {
        return call(HookName.EVICT, tenant, epoch);
    }

    @Override
    public Mono<Void> export(TenantId tenant, long epoch, Path tar) {
        return directories
                .map(all -> onDisk(() -> all.pack(tenant, tar)))
                .orElseGet(() -> transfer(HookName.EXPORT, tenant, epoch, null, tar));
    }

    @Override
    public Mono<Void> replace(TenantId tenant, long epoch, Path tar) {
        return directories
                .map(all -> onDisk(() -> all.replace(tenant, tar)))
                .orElseGet(() -> transfer(HookName.IMPORT, tenant, epoch, tar, null));
    }

    @Override
    public Mono<Void> delete(TenantId tenant, long epoch) {
        return directories
                .map(all -> onDisk(() -> all.delete(tenant)))
                .orElse(Mono.empty())
                .then(call(HookName.DELETE, tenant, epoch));
    }

    @Override
    public Mono<Optional<Context>> context(TenantId tenant, long epoch) {
        Hook hook = config.hooks().get(HookName.CONTEXT);
        if (hook == null) {
            return Mono.just(Optional.empty());
        }
        return Mono.using(
                workspace::scratch,
                file -> timed(
                                hook,
                                new Call(
                                        HookName.CONTEXT,
                                        tenant,
                                        epoch,
                                        null,
                                        file,
                                        config.contextBytesMax(),
                                        config.timeout()))
                        .publishOn(blocking)
                        .map(type -> Optional.of(
                                new Context(hook instanceof Hook.Exec ? config.contextType() : type, content(file)))),
                workspace::discard);
    }

    @Override
    public boolean exportsWhileHot() {
        return directories.isEmpty();
    }

    @Override
    public boolean isToldOfLoads() {
        return config.hooks().containsKey(HookName.LOAD);
    }

    @Override
    public long sizeBytes(TenantId tenant) {
        return directories.map(all -> all.sizeBytes(tenant)).orElse(0L);
    }

    private Mono<Void> call(HookName name, TenantId tenant, long epoch) {
        Hook hook = config.hooks().get(name);
        return hook == null
                ? Mono.empty()
                : timed(hook, new Call(name, tenant, epoch, null, null, 0, config.timeout()))
                        .then();
    }

    private Mono<Void> transfer(
            HookName name, TenantId tenant, long epoch, @Nullable Path input, @Nullable Path output) {
        Hook hook = config.hooks().get(name);
        if (hook == null) {
            throw new IllegalStateException("there is no hook to " + name.label());
        }
        return timed(
                        hook,
                        new Call(name, tenant, epoch, input, output, config.dataBytesMax(), config.transferTimeout()))
                .then();
    }

    private Mono<String> timed(Hook hook, Call call) {
        return Mono.defer(() -> {
            Timer.Sample started = Timer.start(meters);
            Mono<String> answer = switch (hook) {
                case Hook.Http endpoint -> http.call(endpoint, call);
                case Hook.Exec command -> exec.call(command, call);
            };
            return answer.doOnSuccess(done -> stop(started, call.name(), "done"))
                    .doOnError(error ->
                            stop(started, call.name(), error instanceof HookException.Busy ? "busy" : "failed"));
        });
    }

    private void stop(Timer.Sample started, HookName name, String outcome) {
        started.stop(meters.timer("sidecar_hook_duration", "hook", name.label(), "outcome", outcome));
    }

    private Mono<Void> onDisk(Runnable work) {
        return Mono.<Void>fromRunnable(work).subscribeOn(blocking);
    }

    private static byte[] content(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DataException("the context cannot be read: " + e.getMessage(), e);
        }
    }
}
