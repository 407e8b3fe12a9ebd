package io.percolate.gateway.warmup.pod;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A tier pod over real HTTP that keeps to the contract, except where its script says otherwise for the next calls of a
 * kind. A tenant's data is a list of words; {@link World} stands for S3 and for the network between pods.
 */
public final class FakePod implements AutoCloseable {
    private static final Pattern TENANT = Pattern.compile("/internal/tenants/([0-9a-f-]{36})");
    private static final JsonMapper JSON = JsonMapper.shared();

    static {
        // Answers on kept connections would wait for acknowledgements else.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** The calls that can be scripted. */
    public enum Call {
        LOAD,
        PROBE,
        EVICT,
        SNAPSHOT,
        STAGE,
        UNSTAGE
    }

    /** What happens to one call instead of, or before, an honest answer. */
    public sealed interface Turn {}

    public record Answer(int status, String body) implements Turn {}

    /** Closes the connection without an answer. */
    public record Reset() implements Turn {}

    /** Never answers. */
    public record Silence() implements Turn {}

    public record Slow(Duration delay) implements Turn {}

    /** Does what was asked, and closes the connection without saying so. */
    public record DoneUnheard() implements Turn {}

    /** All data that lies outside of pods, and the pods by their addresses. */
    public static final class World {
        private final Map<String, Copy> snapshots = new HashMap<>();
        private final Map<String, FakePod> pods = new HashMap<>();

        public void putSnapshot(String url, List<String> data) {
            put(url, new Copy(data, 1));
        }

        private synchronized void put(String url, Copy copy) {
            snapshots.put(url, copy);
        }

        /** A pod is asked with nothing locked here: it may be about to put a snapshot. */
        private Optional<Copy> fetch(String url, TenantId tenant) {
            FakePod pod = of(url);
            return pod == null ? snapshot(url) : pod.export(tenant);
        }

        private boolean has(String url, TenantId tenant) {
            FakePod pod = of(url);
            PodAnswer.Hosted.@Nullable State state = pod == null ? null : pod.state(tenant);
            return state == PodAnswer.Hosted.State.HOT || state == PodAnswer.Hosted.State.WARM;
        }

        private synchronized Optional<Copy> snapshot(String url) {
            return Optional.ofNullable(snapshots.get(url));
        }

        private synchronized @Nullable FakePod of(String url) {
            return pods.entrySet().stream()
                    .filter(pod -> url.startsWith("http://" + pod.getKey() + "/"))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse(null);
        }

        public synchronized @Nullable FakePod at(PodAddress address) {
            return pods.get(address.toString());
        }
    }

    /** Data as of an epoch. */
    private record Copy(List<String> data, long epoch) {}

    private static final class Tenant {
        private PodAnswer.Hosted.State state = PodAnswer.Hosted.State.ABSENT;
        private long epoch;
        private boolean busy;
        private boolean staged;
        private int probesUntilHot;
        private long dataEpoch;
        private List<String> data = new ArrayList<>();
        private @Nullable String error;
    }

    private final World world;
    private final int capacity;
    private final int probesUntilHot;
    private final HttpServer server;
    private final ExecutorService calling = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<TenantId, Tenant> tenants = new HashMap<>();
    private final Map<Call, Queue<Turn>> script = new EnumMap<>(Call.class);
    private final List<String> calls = new ArrayList<>();
    private int hotMost;

    /** @param probesUntilHot probes that a load outlasts; 0: a load is answered with "hot" at once */
    public FakePod(World world, int capacity, int probesUntilHot) {
        this.world = world;
        this.capacity = capacity;
        this.probesUntilHot = probesUntilHot;
        try {
            this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException unbound) {
            throw new UncheckedIOException(unbound);
        }
        server.setExecutor(calling);
        server.createContext("/", this::handle);
        server.start();
        synchronized (world) {
            world.pods.put(address().toString(), this);
        }
    }

    public PodAddress address() {
        return new PodAddress("127.0.0.1", server.getAddress().getPort());
    }

    public synchronized FakePod script(Call call, Turn... turns) {
        script.computeIfAbsent(call, key -> new ArrayDeque<>()).addAll(List.of(turns));
        return this;
    }

    /** Honest from now on. */
    public synchronized void forgetScript() {
        script.clear();
    }

    public synchronized boolean isScriptUsedUp() {
        return script.values().stream().allMatch(Queue::isEmpty);
    }

    /** Calls that arrived, as "LOAD 3 [restore]", "PROBE", "EVICT 3 disk". */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    public synchronized List<String> calls(Call call) {
        return calls.stream().filter(text -> text.startsWith(call.name())).toList();
    }

    /** The most tenants that were hot or loading at one time. */
    public synchronized int hotMost() {
        return hotMost;
    }

    public synchronized void host(TenantId id, PodAnswer.Hosted.State state, long epoch, String... data) {
        Tenant tenant = tenant(id);
        tenant.state = state;
        tenant.epoch = epoch;
        tenant.dataEpoch = state == PodAnswer.Hosted.State.ABSENT ? 0 : epoch;
        tenant.data = new ArrayList<>(List.of(data));
    }

    public synchronized void busy(TenantId id, boolean busy) {
        tenant(id).busy = busy;
    }

    public synchronized boolean hasStaged(TenantId id) {
        return tenant(id).staged;
    }

    public synchronized boolean isHot(TenantId id, long epoch) {
        Tenant tenant = tenants.get(id);
        return tenant != null && tenant.state == PodAnswer.Hosted.State.HOT && tenant.epoch == epoch;
    }

    public synchronized PodAnswer.Hosted.State state(TenantId id) {
        return tenant(id).state;
    }

    public synchronized List<String> data(TenantId id) {
        return List.copyOf(tenant(id).data);
    }

    /** A tenant's own request: taken only where it is hot under this epoch. */
    public synchronized boolean write(TenantId id, long epoch, String word) {
        boolean hosted = isHot(id, epoch);
        if (hosted) {
            tenant(id).data.add(word);
        }
        return hosted;
    }

    /** What was in memory is on disk; loads under way are forgotten. */
    public synchronized void restart() {
        tenants.values()
                .forEach(tenant -> tenant.state = switch (tenant.state) {
                    case HOT, WARM -> PodAnswer.Hosted.State.WARM;
                    case LOADING, ABSENT, FAILED -> PodAnswer.Hosted.State.ABSENT;
                });
    }

    /** No connection is accepted any more, and open ones break. */
    @Override
    public void close() {
        server.stop(0);
        calling.shutdownNow();
    }

    /** Only of a tenant at rest: a copy of a hot one would miss what comes next. */
    private synchronized Optional<Copy> export(TenantId id) {
        Tenant tenant = tenant(id);
        return tenant.state == PodAnswer.Hosted.State.WARM
                ? Optional.of(new Copy(List.copyOf(tenant.data), tenant.dataEpoch))
                : Optional.empty();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String uri = exchange.getRequestURI().toString();
        Matcher path = TENANT.matcher(uri);
        if (!path.lookingAt()) {
            reply(exchange, new Answer(404, "{}"));
            return;
        }
        TenantId tenant = TenantId.of(path.group(1));
        Call call = switch (exchange.getRequestMethod()) {
            case "PUT" -> uri.endsWith("/snapshot") ? Call.SNAPSHOT : uri.endsWith("/staged") ? Call.STAGE : Call.LOAD;
            case "GET" -> Call.PROBE;
            default -> uri.endsWith("/staged") ? Call.UNSTAGE : Call.EVICT;
        };
        String epochText = exchange.getRequestHeaders().getFirst("X-Placement-Epoch");
        long epoch = epochText == null ? 0 : Long.parseLong(epochText);
        switch (next(call, epoch, uri, body)) {
            case null -> reply(exchange, honest(call, tenant, epoch, uri, body));
            case Answer scripted -> reply(exchange, scripted);
            case Reset _ -> exchange.close();
            case Silence _ -> {
                while (!Thread.interrupted()) {
                    LockSupport.park();
                }
            }
            case Slow(Duration delay) -> {
                LockSupport.parkNanos(delay.toNanos());
                reply(exchange, honest(call, tenant, epoch, uri, body));
            }
            case DoneUnheard _ -> {
                honest(call, tenant, epoch, uri, body);
                exchange.close();
            }
        }
    }

    private static void reply(HttpExchange exchange, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
        if (body.length > 0) {
            exchange.getResponseBody().write(body);
        }
        exchange.close();
    }

    private synchronized @Nullable Turn next(Call call, long epoch, String uri, String body) {
        String restore = body.contains("restore_from") ? " restore" : "";
        calls.add(
                switch (call) {
                    case LOAD -> "LOAD " + epoch + restore;
                    case PROBE -> "PROBE";
                    case EVICT -> "EVICT " + epoch + " " + uri.substring(uri.indexOf('=') + 1);
                    case SNAPSHOT -> "SNAPSHOT " + epoch;
                    case STAGE -> "STAGE " + epoch;
                    case UNSTAGE -> "UNSTAGE " + epoch;
                });
        Queue<Turn> turns = script.get(call);
        return turns == null ? null : turns.poll();
    }

    private Answer honest(Call call, TenantId tenant, long epoch, String uri, String body) {
        return switch (call) {
            case LOAD -> load(tenant, epoch, body);
            case PROBE -> probe(tenant);
            case EVICT -> evict(tenant, epoch, uri.contains("keep=disk"));
            case SNAPSHOT -> snapshot(tenant, epoch);
            case STAGE -> stage(tenant, epoch, body);
            case UNSTAGE -> unstage(tenant);
        };
    }

    private Answer load(TenantId id, long epoch, String body) {
        String from = JSON.readTree(body).path("restore_from").stringValue("");
        // Fetched before the lock is taken: two pods that restore from each other must not wait for each other.
        Optional<Copy> restored = from.isEmpty() ? Optional.empty() : world.fetch(from, id);
        synchronized (this) {
            Tenant tenant = tenant(id);
            if (epoch < tenant.epoch) {
                return json(409, Map.of("epoch", tenant.epoch));
            }
            boolean inMemory =
                    tenant.state == PodAnswer.Hosted.State.HOT || tenant.state == PodAnswer.Hosted.State.LOADING;
            if (!inMemory && hot() >= capacity) {
                return json(429, Map.of("hot", hot()));
            }
            boolean repeated = inMemory && epoch == tenant.epoch;
            tenant.epoch = epoch;
            boolean replaced = false;
            if (!from.isEmpty() && !repeated) {
                if (restored.isEmpty()) {
                    tenant.state = PodAnswer.Hosted.State.FAILED;
                    tenant.error = "nothing to restore at " + from;
                    return json(202, Map.of("state", "loading"));
                }
                replaced = restored.get().epoch() > tenant.dataEpoch;
                if (replaced) {
                    tenant.data = new ArrayList<>(restored.get().data());
                }
            }
            tenant.dataEpoch = epoch;
            tenant.staged = false;
            if (tenant.state == PodAnswer.Hosted.State.HOT && !replaced) {
                return json(200, Map.of("state", "hot"));
            }
            tenant.probesUntilHot = probesUntilHot;
            tenant.state = probesUntilHot == 0 ? PodAnswer.Hosted.State.HOT : PodAnswer.Hosted.State.LOADING;
            hotMost = Math.max(hotMost, hot());
            return probesUntilHot == 0 ? json(200, Map.of("state", "hot")) : json(202, Map.of("state", "loading"));
        }
    }

    private synchronized Answer probe(TenantId id) {
        Tenant tenant = tenant(id);
        if (tenant.state == PodAnswer.Hosted.State.LOADING && --tenant.probesUntilHot < 0) {
            tenant.state = PodAnswer.Hosted.State.HOT;
        }
        Map<String, Object> body = new HashMap<>(Map.of(
                "tenant",
                id.toString(),
                "state",
                tenant.state.name().toLowerCase(Locale.ROOT),
                "epoch",
                tenant.epoch,
                "busy",
                tenant.busy,
                "memory_mb",
                1,
                "data_size_mb",
                1));
        if (tenant.error != null) {
            body.put("error", tenant.error);
        }
        return json(200, body);
    }

    private synchronized Answer evict(TenantId id, long epoch, boolean toDisk) {
        Tenant tenant = tenant(id);
        if (epoch < tenant.epoch) {
            return json(409, Map.of("epoch", tenant.epoch));
        }
        if (tenant.busy) {
            return json(409, Map.of("busy", true));
        }
        if (tenant.state == PodAnswer.Hosted.State.ABSENT) {
            return json(200, Map.of("state", "absent"));
        }
        if (toDisk) {
            tenant.state = PodAnswer.Hosted.State.WARM;
            return json(200, Map.of("state", "warm"));
        }
        Map<String, Object> answer = new HashMap<>(Map.of("state", "absent"));
        if (epoch == tenant.epoch) {
            String url = "s3://bucket/tenants/" + id + "/" + tenant.epoch;
            world.put(url, new Copy(List.copyOf(tenant.data), tenant.dataEpoch));
            answer.put("data_location", url);
        }
        tenant.state = PodAnswer.Hosted.State.ABSENT;
        tenant.epoch = epoch;
        tenant.dataEpoch = 0;
        tenant.data = new ArrayList<>();
        return json(200, answer);
    }

    private Answer stage(TenantId id, long epoch, String body) {
        boolean isThere = world.has(JSON.readTree(body).path("from").stringValue(""), id);
        synchronized (this) {
            if (epoch < tenant(id).epoch) {
                return json(409, Map.of("epoch", tenant(id).epoch));
            }
            tenant(id).staged = isThere;
            return !isThere ? json(502, Map.of()) : json(200, Map.of("staged_bytes", 7, "staged_files", 1));
        }
    }

    private synchronized Answer unstage(TenantId id) {
        tenant(id).staged = false;
        return json(200, Map.of("staged_bytes", 0, "staged_files", 0));
    }

    private synchronized Answer snapshot(TenantId id, long epoch) {
        Tenant tenant = tenant(id);
        if (tenant.state != PodAnswer.Hosted.State.WARM || epoch != tenant.epoch) {
            return json(409, Map.of("epoch", tenant.epoch));
        }
        String url = "s3://bucket/tenants/" + id + "/" + tenant.dataEpoch;
        world.put(url, new Copy(List.copyOf(tenant.data), tenant.dataEpoch));
        return json(200, Map.of("data_location", url));
    }

    private int hot() {
        return (int) tenants.values().stream()
                .filter(tenant ->
                        tenant.state == PodAnswer.Hosted.State.HOT || tenant.state == PodAnswer.Hosted.State.LOADING)
                .count();
    }

    private Tenant tenant(TenantId id) {
        return tenants.computeIfAbsent(id, key -> new Tenant());
    }

    private static Answer json(int status, Map<String, ?> body) {
        return new Answer(status, JSON.writeValueAsString(body));
    }
}
