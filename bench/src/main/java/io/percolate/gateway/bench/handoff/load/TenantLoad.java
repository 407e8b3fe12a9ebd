package io.percolate.gateway.bench.handoff.load;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import io.percolate.gateway.bench.handoff.load.Tally.Problem;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The clients of one tenant: of registers, of its log, of streams, of a WebSocket. Each sends one request at a time. */
public final class TenantLoad {
    private static final int REGISTERS = 2;
    private static final int WINDOW = 50;
    private static final int BYTES = 200_000;
    private static final int EVENTS = 8;
    private static final int PAGE = 1_000;
    private static final long MILLI = 1_000_000L;
    private static final int OK = 200;

    private final Fleet fleet;
    private final Disturbances disturbances;
    private final Tally tally;
    private final TenantId tenant;
    private final int index;
    private final double pace;
    private final BooleanSupplier over;
    private final List<Register> registers = new ArrayList<>();
    private final MessageLog log;

    /** @param pace times the usual number of requests a second */
    public TenantLoad(
            Fleet fleet, Disturbances disturbances, Tally tally, int index, double pace, BooleanSupplier over) {
        this.fleet = fleet;
        this.disturbances = disturbances;
        this.tally = tally;
        this.tenant = fleet.tenants().get(index);
        this.index = index;
        this.pace = pace;
        this.over = over;
        for (int i = 0; i < REGISTERS; i++) {
            registers.add(new Register(tenant + "/kv/r" + i));
        }
        this.log = new MessageLog(tenant + "/messages");
    }

    /** Begins; its threads end once it is over. */
    public List<Thread> start() {
        List<Runnable> roles = List.of(this::writes, this::reads, this::appends, this::streams, this::talks);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < roles.size(); i++) {
            threads.add(Thread.ofVirtual().name("load-" + index + "-" + i).start(roles.get(i)));
        }
        return threads;
    }

    /** Of one role; they come by different gateways, so that these are of one mind about the tenant. */
    private EdgeClient client(int role) {
        return new EdgeClient(fleet, disturbances, tally, tenant, index + role);
    }

    private void rest(SplittableRandom random, int millis) {
        LockSupport.parkNanos((long) (MILLI * millis * (0.5 + random.nextDouble()) / pace));
    }

    private void writes() {
        EdgeClient client = client(0);
        SplittableRandom random = new SplittableRandom(tenant.value().getMostSignificantBits());
        while (!over.getAsBoolean()) {
            int which = random.nextInt(REGISTERS);
            write(client, which);
            if (random.nextInt(3) == 0) {
                read(client, which);
            }
            rest(random, 150);
        }
    }

    private void write(EdgeClient client, int which) {
        Register register = registers.get(which);
        long value = register.next();
        long began = System.nanoTime();
        if (client.idempotent("PUT", "/kv/r" + which, Long.toString(value)) != null) {
            register.acknowledge(value);
            tally.count("register writes");
            tally.timed(new Tally.Timing(index, client.gateway().name(), began, System.nanoTime()));
        }
    }

    private void reads() {
        EdgeClient client = client(1);
        SplittableRandom random = new SplittableRandom(tenant.value().getLeastSignificantBits());
        while (!over.getAsBoolean()) {
            read(client, random.nextInt(REGISTERS));
            rest(random, 150);
        }
    }

    private void read(EdgeClient client, int which) {
        Register register = registers.get(which);
        long least = register.leastNow();
        long began = System.nanoTime();
        HttpResponse<byte[]> answer = client.idempotent("GET", "/kv/r" + which, "");
        if (answer != null) {
            long seen = answer.statusCode() == OK ? Long.parseLong(text(answer)) : 0;
            register.judge(least, seen).ifPresent(wrong -> tally.problem(Problem.LOST_WRITE, wrong));
            tally.count("register reads");
            tally.timed(new Tally.Timing(index, client.gateway().name(), began, System.nanoTime()));
        }
    }

    private void appends() {
        EdgeClient client = client(1);
        SplittableRandom random = new SplittableRandom(index);
        for (int i = 1; !over.getAsBoolean(); i++) {
            long entry = log.next();
            HttpResponse<byte[]> answer = client.once("POST", "/messages", Long.toString(entry));
            if (answer == null) {
                tally.count("appends whose outcome is not known");
            } else {
                log.acknowledge(entry, json(answer).path("id").longValue());
                tally.count("appends");
            }
            if (i % 5 == 0) {
                int mustHave = log.acknowledgedCount();
                MessageLog.Window window = log.window(WINDOW);
                HttpResponse<byte[]> page =
                        client.idempotent("GET", "/messages?after=" + window.after() + "&limit=" + PAGE, "");
                if (page != null) {
                    judge(entries(page), mustHave, window.firstWanted());
                    tally.count("log reads");
                }
            }
            rest(random, 300);
        }
    }

    private void judge(List<Long> seen, int mustHave, long firstWanted) {
        log.judge(seen, mustHave, firstWanted).forEach(wrong -> tally.problem(Problem.LOST_WRITE, wrong));
    }

    private void streams() {
        EdgeClient client = client(0);
        SplittableRandom random = new SplittableRandom(~index);
        while (!over.getAsBoolean()) {
            HttpResponse<byte[]> bytes = client.idempotent("GET", "/bytes/" + BYTES, "");
            if (bytes != null) {
                tally.count("downloads");
                if (bytes.body().length != BYTES) {
                    tally.problem(Problem.BROKEN_STREAM, "a download of " + BYTES + " had " + bytes.body().length);
                }
            }
            rest(random, 300);
            events(client);
            rest(random, 300);
        }
    }

    /** A stream that ends early has ended as it should, or an error would have been thrown: its client comes again. */
    private void events(EdgeClient client) {
        HttpResponse<byte[]> answer = client.idempotent("GET", "/events?n=" + EVENTS + "&interval_ms=40", "");
        if (answer != null) {
            tally.count(
                    text(answer).contains("id: " + EVENTS + "\n")
                            ? "event streams"
                            : "event streams that were ended to come again");
        }
    }

    private void talks() {
        EdgeClient client = client(1);
        SplittableRandom random = new SplittableRandom(3L * index);
        while (!over.getAsBoolean()) {
            Member gateway = client.gateway();
            int deaths = gateway.deaths();
            long began = System.nanoTime();
            try (EchoSocket socket = EchoSocket.open(fleet.http(), gateway.url(), client.token())) {
                tally.count("WebSockets opened");
                while (!over.getAsBoolean() && socket.echoes("message")) {
                    tally.count("WebSocket messages");
                    rest(random, 300);
                }
                if (socket.closeCode() == EchoSocket.COME_AGAIN) {
                    tally.count("WebSockets told to come again");
                } else if (socket.closeCode() != EchoSocket.OPEN) {
                    lost(gateway, deaths, began, "closed with " + socket.closeCode());
                }
            } catch (IOException broken) {
                lost(gateway, deaths, began, broken.toString());
                rest(random, 50);
            }
        }
    }

    private void lost(Member gateway, int deaths, long beganNanos, String how) {
        if (gateway.deaths() != deaths || !gateway.isReady()) {
            tally.count("WebSockets lost with their gateway");
        } else if (disturbances.podAway(beganNanos, System.nanoTime())) {
            tally.count("WebSockets lost with their pod");
        } else if (disturbances.cutOff(gateway, beganNanos, System.nanoTime())) {
            tally.count("WebSockets that a gateway which was cut off refused or closed");
        } else {
            tally.problem(Problem.BROKEN_STREAM, "WebSocket of " + tenant + " by " + gateway.name() + ": " + how);
        }
    }

    /** Reads everything once more, when all is quiet. */
    public void judgeAll() {
        EdgeClient client = client(0);
        for (int i = 0; i < REGISTERS; i++) {
            read(client, i);
        }
        int mustHave = log.acknowledgedCount();
        List<Long> whole = new ArrayList<>();
        long after = 0;
        while (true) {
            HttpResponse<byte[]> page = client.idempotent("GET", "/messages?after=" + after + "&limit=" + PAGE, "");
            if (page == null) {
                return;
            }
            JsonNode messages = json(page).path("messages");
            if (messages.isEmpty()) {
                break;
            }
            whole.addAll(entries(page));
            after = messages.get(messages.size() - 1).path("id").longValue();
        }
        judge(whole, mustHave, 0);
    }

    private static List<Long> entries(HttpResponse<byte[]> page) {
        List<Long> entries = new ArrayList<>();
        for (JsonNode message : json(page).path("messages")) {
            entries.add(Long.parseLong(message.path("text").stringValue("")));
        }
        return entries;
    }

    private static JsonNode json(HttpResponse<byte[]> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }
}
