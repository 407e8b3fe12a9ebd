package io.percolate.gateway.proxy.engine;

import io.netty.channel.EventLoop;
import io.percolate.gateway.proxy.path.RequestPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of one event loop, gone through several times a second for requests that have gone on for long: whoever
 * sent one may have lost the right to its answer since. Costs nothing for each request.
 */
final class LongAnswers {
    static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** Younger requests were let in too recently to be worth a look. */
    static final long LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Requests looked at before all else that the loop has to do gets its turn. */
    private static final int AT_ONCE = 256;

    /** Of the loop's time a look takes one part of so many, however many requests wait. */
    private static final int PARTS = 50;

    private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(20);

    /** Whoever has requests under way: a client's connection. */
    interface Source {
        void eachExchange(Consumer<HttpExchange> action);

        /** Closes it if it has had no request for this long: whoever uses it would hardly do so right now. */
        default void closeIfIdle(long nowNanos, long idleMinNanos) {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(LongAnswers.class);

    /** In a drain, connections that nobody has used for so long are closed; the next answer ends those in use. */
    static final long DRAINED_IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RequestPath path;
    private final Load load;
    private final EventLoop loop;
    private final Set<Source> clients = Collections.newSetFromMap(new IdentityHashMap<>());
    /** Who is still to be looked at; null when no look is under way. */
    private @Nullable Iterator<Source> round;

    LongAnswers(EventLoop loop, RequestPath path, Load load) {
        this.loop = loop;
        this.path = path;
        this.load = load;
    }

    void add(Source client) {
        clients.add(client);
    }

    void remove(Source client) {
        clients.remove(client);
    }

    /** Has the WebSockets among them closed, spread over this many nanoseconds. */
    void drainTunnels(long windowNanos) {
        List<HttpExchange> all = new ArrayList<>();
        for (Source client : clients) {
            client.eachExchange(all::add);
        }
        all.forEach(exchange -> exchange.drainTunnel(windowNanos));
    }

    /**
     * Begins a look at all of them, unless the last one goes on: a few at a time, since very many requests may wait, and others
     * shall not wait for them.
     */
    void look() {
        if (round == null) {
            round = List.copyOf(clients).iterator();
            lookOn();
        }
    }

    private void lookOn() {
        Iterator<Source> due = Objects.requireNonNull(round);
        long begunNanos = System.nanoTime();
        int looked = 0;
        try {
            while (due.hasNext() && looked < AT_ONCE) {
                Source client = due.next();
                // It may have gone since the look began.
                looked += clients.contains(client) ? 1 + lookAt(client, System.nanoTime()) : 1;
            }
        } catch (RuntimeException failed) {
            // An exception here would be the last look.
            LOG.error("requests could not be looked at again", failed);
        }
        if (due.hasNext()) {
            long tookNanos = System.nanoTime() - begunNanos;
            long pauseNanos = Math.clamp(tookNanos * (PARTS - 1), PAUSE_NANOS_MIN, PAUSE_NANOS_MAX);
            loop.schedule(this::lookOn, pauseNanos, TimeUnit.NANOSECONDS);
            return;
        }
        round = null;
        if (load.isDraining()) {
            long nowNanos = System.nanoTime();
            for (Source client : List.copyOf(clients)) {
                client.closeIfIdle(nowNanos, DRAINED_IDLE_NANOS);
            }
        }
    }

    /** Collects first: what the path ends may close its connection, which leaves the set. How many there were. */
    private int lookAt(Source client, long nowNanos) {
        List<HttpExchange> old = new ArrayList<>();
        client.eachExchange(exchange -> {
            if (nowNanos - exchange.timeline().startedNanos >= LONG_NANOS) {
                old.add(exchange);
            }
        });
        for (HttpExchange exchange : old) {
            try {
                exchange.checkRates(nowNanos);
                exchange.goesOn();
                path.stillUnderWay(exchange);
            } catch (RuntimeException failed) {
                LOG.error("request {} could not be looked at again", exchange.timeline().requestId, failed);
            }
        }
        return old.size();
    }
}
