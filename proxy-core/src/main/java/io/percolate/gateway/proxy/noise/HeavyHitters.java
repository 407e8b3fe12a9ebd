package io.percolate.gateway.proxy.noise;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tenants with most of something, in bounded memory. Allocates nothing once it is there. Not safe for use by several
 * threads.
 *
 * <p>The space-saving sketch (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements in
 * Data Streams", 2005): a fixed number of counters; a tenant without one takes over the smallest and its count. A count
 * is never too low, at most {@code total / capacity} too high, and whoever has a larger share than {@code 1 / capacity}
 * is certainly there. The counters stand in a heap by count, so that the smallest is found at once and a step costs
 * {@code O(log capacity)}; they are found by tenant in a table with linear probing.
 */
public final class HeavyHitters {
    /** Of 2^32, by the golden section. */
    private static final int SPREAD = 0x9e3779b9;

    private final @Nullable TenantId[] tenants;
    private final long[] counts;
    /** Counters by their place in the heap, and the place of each. */
    private final int[] heap;

    private final int[] places;
    /** A counter and one, or 0. */
    private final int[] table;

    private final int tableShift;
    private int size;
    private long total;

    public HeavyHitters(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a sketch needs at least one counter: " + capacity);
        }
        tenants = new @Nullable TenantId[capacity];
        counts = new long[capacity];
        heap = new int[capacity];
        places = new int[capacity];
        // At most half full.
        table = new int[Integer.highestOneBit(capacity) << 2];
        tableShift = Integer.numberOfLeadingZeros(table.length) + 1;
    }

    /** Counts this much for a tenant, which must not be negative. */
    public void saw(TenantId tenant, long weight) {
        total += weight;
        int at = slot(tenant);
        int counter = table[at] == 0 ? counterFor(tenant, at) : table[at] - 1;
        counts[counter] += weight;
        sink(counter);
    }

    /** Adds each tenant's count to what {@code totals} has for it. */
    public void addTo(Map<TenantId, Long> totals) {
        for (int counter = 0; counter < size; counter++) {
            totals.merge(tenant(counter), counts[counter], Long::sum);
        }
    }

    /** All that was counted, of any tenant; exact. */
    public long total() {
        return total;
    }

    public int size() {
        return size;
    }

    /** Forgets all of it. */
    public void clear() {
        Arrays.fill(tenants, null);
        Arrays.fill(table, 0);
        size = 0;
        total = 0;
    }

    private int counterFor(TenantId tenant, int at) {
        int counter;
        int slot = at;
        if (size < heap.length) {
            counter = size++;
            counts[counter] = 0;
            heap[counter] = counter;
            places[counter] = counter;
            // A count of 0 may stand below larger ones: it rises to the top, from where it sinks again.
            rise(counter);
        } else {
            counter = heap[0];
            free(slot(tenant(counter)));
            // What stood behind the one that left may have moved up.
            slot = slot(tenant);
        }
        tenants[counter] = tenant;
        table[slot] = counter + 1;
        return counter;
    }

    /** Where the table has the tenant, or would. */
    private int slot(TenantId tenant) {
        int slot = home(tenant);
        while (table[slot] != 0 && !tenant.equals(tenants[table[slot] - 1])) {
            slot = (slot + 1) & (table.length - 1);
        }
        return slot;
    }

    private int home(TenantId tenant) {
        return (tenant.hashCode() * SPREAD) >>> tableShift;
    }

    /** Empties a slot, and closes the gap: whoever would not be found beyond it moves there. */
    private void free(int slot) {
        int gap = slot;
        int next = (gap + 1) & (table.length - 1);
        while (table[next] != 0) {
            int home = home(tenant(table[next] - 1));
            boolean reachable = gap <= next ? gap < home && home <= next : gap < home || home <= next;
            if (!reachable) {
                table[gap] = table[next];
                gap = next;
            }
            next = (next + 1) & (table.length - 1);
        }
        table[gap] = 0;
    }

    private TenantId tenant(int counter) {
        TenantId tenant = tenants[counter];
        if (tenant == null) {
            throw new IllegalStateException("counter " + counter + " of " + size + " is nobody's");
        }
        return tenant;
    }

    private void sink(int counter) {
        int place = places[counter];
        while (true) {
            int child = 2 * place + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && counts[heap[child + 1]] < counts[heap[child]]) {
                child++;
            }
            if (counts[heap[child]] >= counts[counter]) {
                break;
            }
            put(heap[child], place);
            place = child;
        }
        put(counter, place);
    }

    private void rise(int counter) {
        int place = places[counter];
        while (place > 0 && counts[heap[(place - 1) / 2]] > counts[counter]) {
            int parent = (place - 1) / 2;
            put(heap[parent], place);
            place = parent;
        }
        put(counter, place);
    }

    private void put(int counter, int place) {
        heap[place] = counter;
        places[counter] = place;
    }
}
