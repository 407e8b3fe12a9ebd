package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.path.RequestPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
    private final Set<Source> clients = Collections.newSetFromMap(new IdentityHashMap<>());

    LongAnswers(RequestPath path, Load load) {
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

    /** Collects first: what the path ends may close its connection, which leaves the set. */
    void look(long nowNanos) {
        List<HttpExchange> old = new ArrayList<>();
        Consumer<HttpExchange> collect = exchange -> {
            if (nowNanos - exchange.timeline().startedNanos >= LONG_NANOS) {
                old.add(exchange);
            }
        };
        for (Source client : clients) {
            client.eachExchange(collect);
        }
        for (HttpExchange exchange : old) {
            try {
                exchange.checkRates(nowNanos);
                exchange.goesOn();
                path.stillUnderWay(exchange);
            } catch (RuntimeException failed) {
                // An exception here would be the last look.
                LOG.error("request {} could not be looked at again", exchange.timeline().requestId, failed);
            }
        }
        if (load.isDraining()) {
            for (Source client : List.copyOf(clients)) {
                client.closeIfIdle(nowNanos, DRAINED_IDLE_NANOS);
            }
        }
    }
}
