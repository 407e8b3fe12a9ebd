package io.percolate.gateway.bench.pod;

import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.warmup.eviction.Eviction;
import io.percolate.gateway.warmup.eviction.EvictionOutcome;
import io.percolate.gateway.warmup.handoff.MoveOrder;
import io.percolate.gateway.warmup.handoff.MoveOutcome;
import io.percolate.gateway.warmup.handoff.MoveTarget;
import io.percolate.gateway.warmup.pod.PodAnswer.Hosted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Reference pods of two tiers, PostgreSQL, and processes that race over tenants. */
final class RaceFleet implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int TENANTS = 10;
    private static final int ATTEMPTS_MAX = 50;
    private static final int MISDIRECTED = 421;

    private final TestDatabase postgres = PostgresFixture.freshDatabase();
    private final MemoryVault vault = new MemoryVault();
    private final List<TierPod> pods = new CopyOnWriteArrayList<>();
    private final Path folder;
    private final Object restarting = new Object();
    private final List<RaceProcess> processes;
    private final List<RaceTenant> tenants;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<String, AtomicLong> counts = new ConcurrentHashMap<>();
    private final List<String> problems = new CopyOnWriteArrayList<>();

    RaceFleet(Path folder) {
        this.folder = folder;
        for (String id : List.of("A-0", "A-1", "B-0", "B-1")) {
            pods.add(register(startPod(folder, id, 0)));
        }
        tenants = Stream.generate(() -> new RaceTenant(new TenantId(UUID.randomUUID())))
                .limit(TENANTS)
                .toList();
        tenants.forEach(tenant -> postgres.execute("INSERT INTO tenants (id, email, tier) VALUES ('" + tenant.id()
                + "', '" + tenant.id() + "@example.org', 'A')"));
        processes = List.of(new RaceProcess(postgres.url()), new RaceProcess(postgres.url()));
    }

    private TierPod register(TierPod pod) {
        String id = pod.config().id().value();
        postgres.execute("INSERT INTO pods (id, tier, host, port, capacity) VALUES ('" + id + "', '" + id.charAt(0)
                + "', '127.0.0.1', " + pod.url().getPort() + ", 8)");
        return pod;
    }

    private TierPod startPod(Path folder, String id, int port) {
        try {
            return PodFixture.start(
                    folder.resolve(id),
                    Optional.of(vault),
                    Map.of(
                            "PERCOLATE_POD_ID",
                            id,
                            "PERCOLATE_TENANT_TIER",
                            id.substring(0, 1),
                            "PERCOLATE_MAX_HOT_TENANTS",
                            "8",
                            "PERCOLATE_PORT",
                            Integer.toString(port)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<RaceTenant> tenants() {
        return tenants;
    }

    List<RaceProcess> processes() {
        return processes;
    }

    List<String> problems() {
        return problems;
    }

    Map<String, AtomicLong> counts() {
        return counts;
    }

    long count(String what) {
        AtomicLong count = counts.get(what);
        return count == null ? 0 : count.get();
    }

    /** A write as a gateway passes it on; an answer other than 200 means that it may have been lost. */
    void write(RaceProcess process, RaceTenant tenant) {
        tenant.client.lock();
        try {
            long number = ++tenant.sent;
            HttpResponse<String> answer = through(process, tenant, "PUT", Long.toString(number));
            if (answer != null && answer.statusCode() < 300) {
                tenant.acceptedAtLeast = number;
                counted("write");
            }
        } finally {
            tenant.client.unlock();
        }
    }

    boolean read(RaceProcess process, RaceTenant tenant) {
        tenant.client.lock();
        try {
            HttpResponse<String> answer = through(process, tenant, "GET", "");
            if (answer == null) {
                return false;
            }
            long seen = answer.statusCode() == 404 ? 0 : Long.parseLong(answer.body());
            if (seen < tenant.acceptedAtLeast) {
                problems.add("tenant " + tenant.id() + " had " + tenant.acceptedAtLeast + " and shows " + seen + " by "
                        + answer.uri() + "; row " + row(tenant.id()));
            }
            tenant.acceptedAtLeast = seen;
            counted("read");
            return true;
        } finally {
            tenant.client.unlock();
        }
    }

    /** By a route of the past, as from a gateway that was paused: refused, or as good as any other. */
    void ghostWrite(RaceTenant tenant, SplittableRandom random) {
        tenant.client.lock();
        try {
            TenantRoute old = tenant.oldRoutes.stream()
                    .skip(tenant.oldRoutes.isEmpty() ? 0 : random.nextInt(tenant.oldRoutes.size()))
                    .findFirst()
                    .orElse(null);
            if (old != null) {
                long number = ++tenant.sent;
                HttpResponse<String> answer = send(old, "PUT", Long.toString(number));
                if (answer == null) {
                    return;
                }
                if (answer.statusCode() < 300) {
                    tenant.acceptedAtLeast = number;
                }
                counted(answer.statusCode() == MISDIRECTED ? "ghost refused" : "ghost accepted");
            }
        } finally {
            tenant.client.unlock();
        }
    }

    void evict(RaceProcess process, RaceTenant tenant, boolean cold) {
        Eviction eviction = process.eviction();
        EvictionOutcome outcome = eviction.find(tenant.id())
                .flatMap(found -> found.isEmpty()
                        ? Mono.just(EvictionOutcome.CHANGED)
                        : cold
                                ? eviction.toCold(found.get(), Duration.ZERO)
                                : eviction.toWarm(found.get(), Duration.ZERO))
                .block(PATIENCE);
        if (outcome == EvictionOutcome.DONE) {
            counted(cold ? "evicted to cold" : "evicted to warm");
        } else {
            counted("eviction " + Objects.requireNonNull(outcome).label());
        }
    }

    /** The process is gone at some moment of an eviction, and with it all that it would have done. */
    void dieEvicting(RaceProcess process, RaceTenant tenant, SplittableRandom random) {
        Eviction eviction = process.eviction();
        boolean cold = random.nextBoolean();
        Disposable dying = eviction.find(tenant.id())
                .flatMap(found -> found.isEmpty()
                        ? Mono.empty()
                        : cold
                                ? eviction.toCold(found.get(), Duration.ZERO)
                                : eviction.toWarm(found.get(), Duration.ZERO))
                .subscribe(outcome -> {}, error -> {});
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(15_000)));
        dying.dispose();
        counted("died evicting");
    }

    void move(RaceProcess process, RaceTenant tenant, SplittableRandom random) {
        MoveOutcome outcome = process.moves().move(order(tenant, random)).block(PATIENCE);
        counted("move " + Objects.requireNonNull(outcome).getClass().getSimpleName());
    }

    /** The process is gone at some moment of a move, and with it all that it would have done. */
    void dieMoving(RaceProcess process, RaceTenant tenant, SplittableRandom random) {
        Disposable dying = process.moves().move(order(tenant, random)).subscribe(outcome -> {}, error -> {});
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(40_000)));
        dying.dispose();
        counted("died moving");
    }

    private MoveOrder order(RaceTenant tenant, SplittableRandom random) {
        PodId pod = pods.get(random.nextInt(pods.size())).config().id();
        return new MoveOrder(
                tenant.id(),
                random.nextBoolean() ? new MoveTarget.Into(pod) : new MoveTarget.AwayFrom(Set.of(pod)),
                Duration.ofMillis(500));
    }

    /** A pod's process dies, what it had in memory with it; another comes with its disk and its address. */
    void restartPod(SplittableRandom random) {
        synchronized (restarting) {
            int which = random.nextInt(pods.size());
            TierPod old = pods.get(which);
            String id = old.config().id().value();
            int port = old.url().getPort();
            old.close();
            pods.set(which, startPod(folder, id, port));
        }
        counted("pod restarted");
    }

    void changeTier(RaceTenant tenant, SplittableRandom random) {
        postgres.execute("UPDATE tenants SET tier = '" + (random.nextBoolean() ? "A" : "B") + "' WHERE id = '"
                + tenant.id() + "'");
        counted("tier set");
    }

    /** Reads until it can. */
    void settle(RaceTenant tenant) {
        for (int i = 0; i < ATTEMPTS_MAX; i++) {
            if (read(processes.getFirst(), tenant)) {
                return;
            }
        }
        problems.add("tenant " + tenant.id() + " is never answered; row " + row(tenant.id()));
    }

    /** Pods that would serve the tenant under the epoch of its row. */
    List<String> hosts(TenantId tenant) {
        TenantRoute route = processes.getFirst().routes.refresh(tenant).block(PATIENCE)
                        instanceof RouteLookup.Known(TenantRoute known)
                ? known
                : null;
        long epoch = Objects.requireNonNull(route).epoch();
        return pods.stream()
                .filter(pod ->
                        processes.getFirst().pods.probe(pod.address(), tenant).block(PATIENCE) instanceof Hosted hosted
                                && hosted.state() == Hosted.State.HOT
                                && hosted.epoch() >= epoch)
                .map(pod -> pod.config().id().value())
                .toList();
    }

    /** What a gateway does: to the pod that it knows; on 421, or without one, by way of the wake. Null: no pod in time. */
    private @Nullable HttpResponse<String> through(RaceProcess process, RaceTenant tenant, String method, String body) {
        for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
            try {
                RouteLookup lookup = process.routes.lookup(tenant.id()).block(PATIENCE);
                TenantRoute route = ((RouteLookup.Known) Objects.requireNonNull(lookup)).route();
                if (route.residency() != Residency.HOT || route.isMisplaced()) {
                    route = Objects.requireNonNull(process.wake.wake(route).block(PATIENCE));
                }
                HttpResponse<String> answer = send(route, method, body);
                if (answer != null && answer.statusCode() != MISDIRECTED) {
                    tenant.used(route);
                    return answer;
                }
                counted(answer == null ? "lost" : "misdirected");
                TenantRoute stale = route;
                if (process.routes.refresh(tenant.id()).block(PATIENCE) instanceof RouteLookup.Known(TenantRoute now)
                        && now.epoch() == stale.epoch()
                        && now.residency() == stale.residency()) {
                    process.wake.wake(now).block(PATIENCE);
                }
            } catch (FailureException failed) {
                counted("failed " + failed.failure().kind().name().toLowerCase(Locale.ROOT));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        return null;
    }

    private @Nullable HttpResponse<String> send(TenantRoute route, String method, String body) {
        Placement placement = Objects.requireNonNull(route.placement());
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + placement.address() + "/kv/number"))
                .timeout(PATIENCE)
                .header("X-Tenant-Id", route.tenant().toString())
                .header("X-Tenant-Tier", route.tier().name())
                .header("X-Placement-Epoch", Long.toString(placement.epoch()))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        AtomicReference<String> head = new AtomicReference<>("no head of an answer");
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request, told -> {
            head.set(told.statusCode() + " " + told.version() + " "
                    + told.headers().map());
            return BodySubscribers.ofString(StandardCharsets.UTF_8);
        });
        try {
            // The request's own timeout ends with the head: a pod that is gone in the middle of a body may leave it
            // open.
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            System.out.println("races: no whole answer in " + PATIENCE + " to " + method + " " + request.uri()
                    + " epoch " + placement.epoch() + ", had " + head);
            answer.cancel(true);
            counted("no answer");
            return null;
        } catch (ExecutionException e) {
            if (e.getCause() != null && !(e.getCause() instanceof IOException)) {
                throw new IllegalStateException(e);
            }
            // Its pod is away: what became of the request is not known.
            counted("pod away");
            return null;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private String row(TenantId tenant) {
        return String.valueOf(processes
                .getFirst()
                .database
                .queryFirst(
                        "SELECT row_to_json(s)::text AS row FROM tenant_states s WHERE tenant_id = $1",
                        row -> String.valueOf(row.get("row", String.class)),
                        tenant.value())
                .block(PATIENCE));
    }

    private void counted(String what) {
        counts.computeIfAbsent(what, key -> new AtomicLong()).incrementAndGet();
    }

    @Override
    public void close() {
        http.close();
        processes.forEach(RaceProcess::close);
        pods.forEach(TierPod::close);
        postgres.close();
    }
}
