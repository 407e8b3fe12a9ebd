package io.percolate.gateway.proxy.metrics;

import io.percolate.gateway.routing.tenant.TenantId;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tenants seen most often, in bounded memory. Not safe for use by several threads.
 *
 * <p>The space-saving sketch (Metwally, Agrawal, El Abbadi: "Efficient Computation of Frequent and Top-k Elements in
 * Data Streams", 2005): a fixed number of counters; a tenant without one takes over the smallest and its count. A count
 * is never too low, at most {@code total / capacity} too high, and whoever has a larger share than {@code 1 / capacity}
 * is certainly there. The counters stand in a heap by count, so that the smallest is found at once and a step costs
 * {@code O(log capacity)}.
 */
final class HeavyHitters {
    private final Map<TenantId, Counter> counters;
    private final @Nullable Counter[] heap;
    private int size;

    HeavyHitters(int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("a sketch needs at least one counter: " + capacity);
        }
        heap = new @Nullable Counter[capacity];
        counters = HashMap.newHashMap(capacity);
    }

    private static final class Counter {
        private TenantId tenant;
        private long count;
        private int position;

        private Counter(TenantId tenant, int position) {
            this.tenant = tenant;
            this.position = position;
        }
    }

    void saw(TenantId tenant) {
        Counter counter = counters.get(tenant);
        if (counter == null) {
            counter = counterFor(tenant);
        }
        counter.count++;
        sink(counter);
    }

    /** Adds each tenant's count to what {@code totals} has for it. */
    void addTo(Map<TenantId, Long> totals) {
        counters.forEach((tenant, counter) -> totals.merge(tenant, counter.count, Long::sum));
    }

    int size() {
        return size;
    }

    private Counter counterFor(TenantId tenant) {
        if (size < heap.length) {
            Counter counter = new Counter(tenant, size);
            heap[size] = counter;
            size++;
            // A count of 0 may stand below larger ones: it rises to the top, from where it sinks again.
            rise(counter);
            counters.put(tenant, counter);
            return counter;
        }
        Counter smallest = at(0);
        counters.remove(smallest.tenant);
        smallest.tenant = tenant;
        counters.put(tenant, smallest);
        return smallest;
    }

    private void sink(Counter counter) {
        int position = counter.position;
        while (true) {
            int child = 2 * position + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && at(child + 1).count < at(child).count) {
                child++;
            }
            if (at(child).count >= counter.count) {
                break;
            }
            place(at(child), position);
            position = child;
        }
        place(counter, position);
    }

    private void rise(Counter counter) {
        int position = counter.position;
        while (position > 0 && at((position - 1) / 2).count > counter.count) {
            int parent = (position - 1) / 2;
            place(at(parent), position);
            position = parent;
        }
        place(counter, position);
    }

    private void place(Counter counter, int position) {
        heap[position] = counter;
        counter.position = position;
    }

    private Counter at(int position) {
        Counter counter = heap[position];
        if (counter == null) {
            throw new IllegalStateException("hole in the heap at " + position + " of " + size);
        }
        return counter;
    }
}
