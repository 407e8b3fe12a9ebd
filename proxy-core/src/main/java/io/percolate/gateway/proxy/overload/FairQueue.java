package io.percolate.gateway.proxy.overload;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Requests that wait for the same thing and have their turns tenant by tenant. Bounded by whoever adds. Not safe for use by
 * several threads.
 *
 * <p>Deficit round robin (Shreedhar and Varghese, "Efficient Fair Queuing Using Deficit Round-Robin", 1995), with a queue
 * for each tenant of whom anything waits: in each round a tenant may spend one more unit, so however many requests it sends,
 * every other tenant has as many turns. A plain request costs one unit, one with a large body up to {@link #COST_MAX}. Where
 * there is no room for one more, the newest of the tenant with most waiting makes it (as in RFC 8290, section 4.1.2): no
 * tenant can fill the queue for others.
 */
public final class FairQueue<T> {
    /** What the dearest request costs, and so how many rounds finding the next one takes at most. */
    static final int COST_MAX = 16;

    private static final int BODY_BYTES_PER_UNIT_SHIFT = 16;

    private final Map<TenantId, Flow<T>> flows = new HashMap<>();
    /** Whose turn it is comes first. */
    private final ArrayDeque<Flow<T>> round = new ArrayDeque<>();

    private int size;

    private record Waiting<T>(T item, int cost) {}

    private static final class Flow<T> {
        private final TenantId tenant;
        private final ArrayDeque<Waiting<T>> waiting = new ArrayDeque<>();
        private int deficit;
        private boolean isItsTurn;

        private Flow(TenantId tenant) {
            this.tenant = tenant;
        }
    }

    /**
     * What a request costs.
     *
     * @param contentLength -1 when its body's length is not known
     */
    public static int cost(long contentLength) {
        return contentLength < 0
                ? COST_MAX / 4
                : (int) Math.min(COST_MAX, 1 + (contentLength >> BODY_BYTES_PER_UNIT_SHIFT));
    }

    public void add(TenantId tenant, int cost, T item) {
        Flow<T> flow = flows.get(tenant);
        if (flow == null) {
            flow = new Flow<>(tenant);
            flows.put(tenant, flow);
            round.addLast(flow);
        }
        flow.waiting.addLast(new Waiting<>(item, Math.clamp(cost, 1, COST_MAX)));
        size++;
    }

    /** Takes out whose turn it is; null when nobody waits. */
    public @Nullable T poll() {
        while (true) {
            Flow<T> flow = round.peekFirst();
            Waiting<T> first = flow == null ? null : flow.waiting.peekFirst();
            if (flow == null || first == null) {
                return null;
            }
            if (!flow.isItsTurn) {
                flow.isItsTurn = true;
                flow.deficit++;
            }
            if (flow.deficit < first.cost()) {
                endTurn(flow);
                continue;
            }
            flow.deficit -= first.cost();
            flow.waiting.removeFirst();
            size--;
            if (flow.waiting.isEmpty()) {
                forget(flow);
            } else if (flow.deficit == 0) {
                endTurn(flow);
            }
            return first.item();
        }
    }

    /** Takes this one out, wherever it is; false when it does not wait. */
    public boolean remove(TenantId tenant, T item) {
        Flow<T> flow = flows.get(tenant);
        if (flow == null) {
            return false;
        }
        for (Iterator<Waiting<T>> each = flow.waiting.iterator(); each.hasNext(); ) {
            if (each.next().item().equals(item)) {
                each.remove();
                size--;
                if (flow.waiting.isEmpty()) {
                    forget(flow);
                }
                return true;
            }
        }
        return false;
    }

    /** Takes out the newest of the tenant with most waiting; null when nobody waits. */
    public @Nullable T takeNewestOfBusiest() {
        return takeNewest(busiest());
    }

    /** The same, if that tenant would still have more waiting than this one with one more; else null. */
    public @Nullable T takeNewestOfBusierThan(TenantId newcomer) {
        Flow<T> busiest = busiest();
        Flow<T> own = flows.get(newcomer);
        int ofNewcomer = own == null ? 0 : own.waiting.size();
        return busiest != null && busiest.waiting.size() > ofNewcomer + 1 ? takeNewest(busiest) : null;
    }

    /** Looks at all tenants that wait: only when there is no room, and there are no more of them than there is room. */
    private @Nullable Flow<T> busiest() {
        Flow<T> busiest = null;
        for (Flow<T> flow : round) {
            if (busiest == null || flow.waiting.size() > busiest.waiting.size()) {
                busiest = flow;
            }
        }
        return busiest;
    }

    private @Nullable T takeNewest(@Nullable Flow<T> flow) {
        Waiting<T> newest = flow == null ? null : flow.waiting.pollLast();
        if (flow == null || newest == null) {
            return null;
        }
        size--;
        if (flow.waiting.isEmpty()) {
            forget(flow);
        }
        return newest.item();
    }

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    private void endTurn(Flow<T> flow) {
        flow.isItsTurn = false;
        round.removeFirst();
        round.addLast(flow);
    }

    /** A tenant of whom nothing waits has nothing saved up either. */
    private void forget(Flow<T> flow) {
        flows.remove(flow.tenant);
        round.remove(flow);
    }
}
