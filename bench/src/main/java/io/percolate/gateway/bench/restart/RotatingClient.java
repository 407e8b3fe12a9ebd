package io.percolate.gateway.bench.restart;

import io.percolate.gateway.bench.restart.Outcome.Answered;
import io.percolate.gateway.bench.restart.Outcome.Broken;
import io.percolate.gateway.bench.restart.Outcome.NotBegun;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that takes ready gateways in turn on kept connections. Sent elsewhere is only what surely was not begun with:
 * where nobody listens, and what a GOAWAY excludes. All else that is not answered 200 has failed.
 */
final class RotatingClient implements Runnable {
    /** Opens a connection of one version of HTTP. */
    interface Connector {
        KeptConnection connect(InetSocketAddress address) throws IOException;
    }

    private static final long NOBODY_READY_NANOS = 1_000_000;

    private final List<Place> places;
    private final Connector connector;
    private final List<Request> requests;
    private final long intervalNanos;
    private final Tally tally;
    private final BooleanSupplier over;
    private final Map<Place, KeptConnection> kept = new HashMap<>();
    private int turn;

    /**
     * @param requests what is sent at a time
     * @param intervalNanos from one such time to the next
     */
    RotatingClient(
            List<Place> places,
            Connector connector,
            List<Request> requests,
            long intervalNanos,
            Tally tally,
            BooleanSupplier over) {
        this.places = places;
        this.connector = connector;
        this.requests = requests;
        this.intervalNanos = intervalNanos;
        this.tally = tally;
        this.over = over;
    }

    @Override
    public void run() {
        long due = System.nanoTime();
        while (!over.getAsBoolean()) {
            long wait = due - System.nanoTime();
            if (wait > 0) {
                LockSupport.parkNanos(wait);
            }
            due += intervalNanos;
            long began = System.nanoTime();
            List<Request> left = requests;
            while (!left.isEmpty() && !over.getAsBoolean()) {
                left = send(left, began);
            }
        }
        kept.values().forEach(RotatingClient::close);
    }

    /** Those that have to be sent elsewhere. */
    private List<Request> send(List<Request> all, long began) {
        Place place = places.get(turn++ % places.size());
        KeptConnection connection = place.isReady() ? connection(place) : null;
        if (connection == null) {
            close(kept.remove(place));
            if (places.stream().noneMatch(Place::isReady)) {
                LockSupport.parkNanos(NOBODY_READY_NANOS);
            }
            return all;
        }
        List<Outcome> outcomes = connection.exchange(all);
        long nanos = System.nanoTime() - began;
        List<Request> elsewhere = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            switch (outcomes.get(i)) {
                case Answered(int status) when status == 200 -> tally.answered(nanos);
                case Answered(int status) -> tally.failed("status " + status);
                case NotBegun() -> {
                    tally.sentElsewhere();
                    elsewhere.add(all.get(i));
                }
                case Broken(String how) -> tally.failed(how);
            }
        }
        if (!connection.isUsable()) {
            close(kept.remove(place));
        }
        return elsewhere;
    }

    /** Null where nobody listens. */
    private @Nullable KeptConnection connection(Place place) {
        KeptConnection open = kept.get(place);
        if (open != null) {
            return open;
        }
        try {
            KeptConnection opened = connector.connect(place.edge());
            tally.connected();
            kept.put(place, opened);
            return opened;
        } catch (ConnectException refused) {
            return null;
        } catch (IOException failed) {
            tally.failed("connecting: " + failed);
            return null;
        }
    }

    private static void close(@Nullable KeptConnection connection) {
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException gone) {
                // Nothing more is expected of it.
            }
        }
    }
}
