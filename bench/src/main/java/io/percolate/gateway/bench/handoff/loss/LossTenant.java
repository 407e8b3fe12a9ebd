package io.percolate.gateway.bench.handoff.loss;

import io.percolate.gateway.bench.handoff.fleet.Fleet;
import io.percolate.gateway.bench.handoff.fleet.Member;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One client of one tenant: it reads its register, then writes the next number, and so on. So the first read after a loss
 * shows what was restored. One thread writes, others ask.
 */
final class LossTenant {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long RETRY_NANOS = 200_000_000L;
    /** Acknowledged writes whose time is known; more than any tenant makes between two snapshots. */
    private static final int REMEMBERED_MAX = 10_000;

    private static final int OK = 200;
    private static final int OK_BELOW = 300;
    private static final int NOT_FOUND = 404;

    private final Fleet fleet;
    private final int index;
    private final String token;
    private final long restNanos;
    private final BooleanSupplier over;
    private final Deque<Acknowledged> acknowledged = new ArrayDeque<>();
    private long written;
    private long refused;
    private long lost;
    private long oldestLostNanos = Long.MAX_VALUE;
    private long hurryFromNanos = Long.MAX_VALUE;
    private long answeredNanos = Long.MAX_VALUE;
    private String wrong = "";
    private volatile boolean paused;

    private record Acknowledged(long value, long atNanos) {}

    /** @param rest between a write and the next read, about */
    LossTenant(Fleet fleet, int index, Duration rest, BooleanSupplier over) {
        this.fleet = fleet;
        this.index = index;
        this.token = fleet.token(fleet.tenants().get(index));
        this.restNanos = rest.toNanos();
        this.over = over;
    }

    Thread start() {
        return Thread.ofVirtual().name("tenant-" + index).start(this::use);
    }

    /** From now on it asks as often as it can, until it is answered once. */
    synchronized void hurry() {
        hurryFromNanos = System.nanoTime();
        notifyAll();
    }

    /** Whether it stays away from now on, as a user does who has gone home. */
    void pause(boolean pauses) {
        paused = pauses;
    }

    private synchronized boolean isInHurry() {
        return hurryFromNanos != Long.MAX_VALUE && answeredNanos == Long.MAX_VALUE;
    }

    private void use() {
        // Not all at the same moment.
        rest(restNanos * (index % 100) / 100);
        while (!over.getAsBoolean()) {
            if (paused) {
                LockSupport.parkNanos(RETRY_NANOS);
            } else if (read() && write()) {
                rest(restNanos);
            } else {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private synchronized void rest(long nanos) {
        long until = System.nanoTime() + nanos;
        while (!isInHurry() && !over.getAsBoolean()) {
            long millis = (until - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return;
            }
            try {
                wait(Math.min(millis, 200));
            } catch (InterruptedException ended) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private boolean read() {
        long began = System.nanoTime();
        Optional<HttpResponse<String>> answer = send("GET", "");
        if (answer.isEmpty()) {
            return failed();
        }
        int status = answer.get().statusCode();
        if (status != OK && status != NOT_FOUND) {
            return failed();
        }
        saw(status == OK ? Long.parseLong(answer.get().body()) : 0, began);
        return true;
    }

    private synchronized boolean failed() {
        refused++;
        return false;
    }

    private synchronized void saw(long value, long beganNanos) {
        if (beganNanos >= hurryFromNanos && answeredNanos == Long.MAX_VALUE) {
            answeredNanos = System.nanoTime();
        }
        if (value > written) {
            wrong = "a read saw " + value + " where " + written + " was the last that was sent";
        }
        while (!acknowledged.isEmpty() && acknowledged.getLast().value() > value) {
            lost++;
            oldestLostNanos =
                    Math.min(oldestLostNanos, acknowledged.removeLast().atNanos());
        }
    }

    private boolean write() {
        long value;
        synchronized (this) {
            value = ++written;
        }
        Optional<HttpResponse<String>> answer = send("PUT", Long.toString(value));
        if (answer.isEmpty() || answer.get().statusCode() >= OK_BELOW) {
            return failed();
        }
        synchronized (this) {
            acknowledged.addLast(new Acknowledged(value, System.nanoTime()));
            if (acknowledged.size() > REMEMBERED_MAX) {
                acknowledged.removeFirst();
            }
        }
        return true;
    }

    private Optional<HttpResponse<String>> send(String method, String body) {
        Member gateway = fleet.gateways().get(index % fleet.gateways().size());
        HttpRequest request = HttpRequest.newBuilder(gateway.url().resolve("/kv/number"))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + token)
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                .build();
        try {
            return Optional.of(fleet.http().send(request, BodyHandlers.ofString(StandardCharsets.US_ASCII)));
        } catch (IOException broken) {
            return Optional.empty();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    int index() {
        return index;
    }

    /** Whether a write was ever acknowledged. */
    synchronized boolean isInUse() {
        return !acknowledged.isEmpty();
    }

    /** When it was first answered to a read that began in its hurry; {@code Long.MAX_VALUE} before. */
    synchronized long answeredNanos() {
        return answeredNanos;
    }

    /** Acknowledged writes that a later read did not see. */
    synchronized long lost() {
        return lost;
    }

    /** When the first of these was acknowledged; {@code Long.MAX_VALUE} for none. */
    synchronized long oldestLostNanos() {
        return oldestLostNanos;
    }

    synchronized long refused() {
        return refused;
    }

    /** What no policy explains; empty for nothing. */
    synchronized String wrong() {
        return wrong;
    }
}
