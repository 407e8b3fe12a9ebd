package io.percolate.gateway.routing.topology;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Weighted rendezvous hashing over slots: which node a key belongs to, found by one look into a table.
 *
 * <p>Each slot ranks all nodes by {@code -weight / ln(u)}, u being a hash of slot and node, and belongs to the best; a key
 * belongs to its slot's node. So nodes win keys in proportion to their weights, adding a node moves only the slots that it
 * wins, and removing one only those that it had. With n nodes of equal weight and s slots a node's share is off by about
 * {@code sqrt(n / s)} of itself (1.2 % for 10 of 65,536, 4 % for 100), and two bytes a slot are kept. Source: Schindelhauer
 * and Schomaker, "Weighted distributed hash tables", SPAA 2005; that slots stand between keys and nodes is as in Maglev
 * (Eisenbud et al., NSDI 2016). Immutable.
 */
public final class RendezvousTable<T> {
    /** Nodes at most: what a slot can name. */
    public static final int NODES_MAX = 1 << 16;

    /**
     * One that may win keys.
     *
     * @param name what is hashed, so that it decides which keys it wins
     */
    public record Node<T>(String name, double weight, T value) {
        public Node {
            if (!(weight > 0) || Double.isInfinite(weight)) {
                throw new IllegalArgumentException("a weight is positive and finite: " + weight);
            }
        }
    }

    private final List<T> nodes;
    private final char[] winners;

    private RendezvousTable(List<T> nodes, char[] winners) {
        this.nodes = nodes;
        this.winners = winners;
    }

    /** @param slots a power of two; costs slots times nodes hashes */
    public static <T> RendezvousTable<T> of(int slots, List<Node<T>> nodes) {
        if (Integer.bitCount(slots) != 1) {
            throw new IllegalArgumentException("the number of slots is a power of two: " + slots);
        }
        if (nodes.size() > NODES_MAX) {
            throw new IllegalArgumentException("expected at most " + NODES_MAX + " nodes, got " + nodes.size());
        }
        List<T> values = nodes.stream().map(Node::value).toList();
        return new RendezvousTable<>(values, nodes.size() < 2 ? new char[1] : winners(slots, nodes));
    }

    /** What {@link #get} of the table of these slots and nodes answers, without making the table; null without nodes. */
    public static <T> @Nullable T pick(int slots, List<Node<T>> nodes, long keyHash) {
        if (nodes.isEmpty()) {
            return null;
        }
        int[] order = byWeight(nodes);
        Ranking ranking = ranking(nodes, order);
        int slot = (int) keyHash & (slots - 1);
        return nodes.get(order[winner(KeyHash.mix(slot), ranking.hashes(), ranking.weights())])
                .value();
    }

    @SuppressWarnings("ArrayRecordComponent") // Never compared; taken apart at once.
    private record Ranking(long[] hashes, double[] weights) {}

    private static <T> Ranking ranking(List<Node<T>> nodes, int[] order) {
        long[] hashes = new long[order.length];
        double[] weights = new double[order.length];
        for (int i = 0; i < order.length; i++) {
            hashes[i] = KeyHash.mix(KeyHash.text(nodes.get(order[i]).name()));
            weights[i] = nodes.get(order[i]).weight();
        }
        return new Ranking(hashes, weights);
    }

    private static <T> char[] winners(int slots, List<Node<T>> nodes) {
        int[] order = byWeight(nodes);
        Ranking ranking = ranking(nodes, order);
        char[] winners = new char[slots];
        for (int slot = 0; slot < slots; slot++) {
            winners[slot] = (char) order[winner(KeyHash.mix(slot), ranking.hashes(), ranking.weights())];
        }
        return winners;
    }

    /** Of equal weights the greatest hash wins, so that a logarithm is taken once for each weight. */
    private static int winner(long slotHash, long[] hashes, double[] weights) {
        int best = 0;
        double bestScore = -1;
        int from = 0;
        while (from < hashes.length) {
            int greatest = from;
            long greatestHash = KeyHash.mix(slotHash ^ hashes[from]);
            int next = from + 1;
            while (next < hashes.length && weights[next] == weights[from]) {
                long hash = KeyHash.mix(slotHash ^ hashes[next]);
                if (Long.compareUnsigned(hash, greatestHash) > 0) {
                    greatest = next;
                    greatestHash = hash;
                }
                next++;
            }
            double score = KeyHash.score(greatestHash, weights[from]);
            if (score > bestScore) {
                best = greatest;
                bestScore = score;
            }
            from = next;
        }
        return best;
    }

    /** In an order that depends on nothing but the nodes themselves. */
    private static <T> int[] byWeight(List<Node<T>> nodes) {
        return IntStream.range(0, nodes.size())
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> nodes.get(i).weight())
                        .thenComparing(i -> nodes.get(i).name()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** The node of the key with this hash, of {@link KeyHash}; null when there is none. Allocates nothing. */
    public @Nullable T get(long keyHash) {
        return nodes.isEmpty() ? null : nodes.get(winners[(int) keyHash & (winners.length - 1)]);
    }

    /** In the order in which they were given. */
    public List<T> nodes() {
        return nodes;
    }
}
