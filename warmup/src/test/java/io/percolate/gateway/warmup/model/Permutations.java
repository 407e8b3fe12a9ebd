package io.percolate.gateway.warmup.model;

import java.util.ArrayList;
import java.util.List;

/** All orders of a few things. */
final class Permutations {
    private static final int COUNT_MAX = 4;
    private static final List<List<int[]>> ALL = new ArrayList<>();

    static {
        for (int count = 0; count <= COUNT_MAX; count++) {
            List<int[]> orders = new ArrayList<>();
            extend(new int[count], 0, orders);
            ALL.add(orders);
        }
    }

    private Permutations() {}

    static List<int[]> of(int count) {
        return ALL.get(count);
    }

    private static void extend(int[] order, int chosen, List<int[]> orders) {
        if (chosen == order.length) {
            orders.add(order.clone());
            return;
        }
        for (int next = 0; next < order.length; next++) {
            boolean free = true;
            for (int i = 0; i < chosen; i++) {
                free &= order[i] != next;
            }
            if (free) {
                order[chosen] = next;
                extend(order, chosen + 1, orders);
            }
        }
    }
}
