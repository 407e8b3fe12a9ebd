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
    }

    private static final Logger LOG = LoggerFactory.getLogger(LongAnswers.class);

    private final RequestPath path;
    private final Set<Source> clients = Collections.newSetFromMap(new IdentityHashMap<>());

    LongAnswers(RequestPath path) {
        this.path = path;
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
                path.stillUnderWay(exchange);
            } catch (RuntimeException failed) {
                // An exception here would be the last look.
                LOG.error("request {} could not be looked at again", exchange.timeline().requestId, failed);
            }
        }
    }
}
