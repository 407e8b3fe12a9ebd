package io.percolate.gateway.routing.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.percolate.gateway.routing.topology.RendezvousTable.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RendezvousTableTest {
    private static final long[] KEYS = new SplittableRandom(7).longs(20_000).toArray();

    @Test
    void addingAShardToTenMovesAtMostItsPartAndOnlyToIt() {
        RendezvousTable<String> ten = table(nodes(10));
        RendezvousTable<String> eleven = table(nodes(11));

        int moved = 0;
        for (long key : KEYS) {
            String now = at(eleven, key);
            if (!at(ten, key).equals(now)) {
                assertThat(now).isEqualTo("shard-10");
                moved++;
            }
        }

        assertThat((double) moved / KEYS.length)
                .isLessThanOrEqualTo(1.0 / 11 + 0.02)
                .isGreaterThan(1.0 / 11 - 0.02);
    }

    @Test
    void removingAShardMovesOnlyItsOwnAndSpreadsThem() {
        List<Node<String>> all = nodes(10);
        List<Node<String>> fewer = new ArrayList<>(all);
        fewer.remove(4);
        RendezvousTable<String> before = table(all);
        RendezvousTable<String> after = table(fewer);

        int moved = 0;
        List<String> heirs = new ArrayList<>();
        for (long key : KEYS) {
            if (!at(before, key).equals(at(after, key))) {
                assertThat(at(before, key)).isEqualTo("shard-4");
                heirs.add(at(after, key));
                moved++;
            }
        }

        assertThat((double) moved / KEYS.length).isCloseTo(0.1, within(0.02));
        assertThat(heirs.stream().distinct()).hasSize(9);
    }

    @Test
    void keysSpreadInProportionToTheWeightsAndAChangeOfOneMovesNoOther() {
        List<Node<String>> before = List.of(node("a", 1), node("b", 1), node("c", 2), node("d", 4));
        List<Node<String>> after = List.of(node("a", 1), node("b", 3), node("c", 2), node("d", 4));
        RendezvousTable<String> light = table(before);
        RendezvousTable<String> heavy = table(after);

        for (Node<String> node : before) {
            long won = IntStream.range(0, KEYS.length)
                    .filter(i -> at(light, KEYS[i]).equals(node.name()))
                    .count();
            assertThat((double) won / KEYS.length).isCloseTo(node.weight() / 8, within(0.02));
        }
        for (long key : KEYS) {
            assertThat(at(heavy, key)).isIn(at(light, key), "b");
        }
    }

    @Test
    void theOrderOfNodesDoesNotMatterNorWhetherTheTableIsMade() {
        List<Node<String>> nodes = List.of(node("a", 1), node("b", 2), node("c", 1), node("d", 2));
        RendezvousTable<String> table = table(nodes);
        RendezvousTable<String> reversed = table(nodes.reversed());

        for (int i = 0; i < 1_000; i++) {
            assertThat(at(reversed, KEYS[i])).isEqualTo(at(table, KEYS[i]));
            assertThat(RendezvousTable.pick(ShardGroup.SLOTS, nodes, KEYS[i])).isEqualTo(at(table, KEYS[i]));
        }
    }

    /** Were it another one, every tenant would move with an upgrade. */
    @Test
    void whereAKeyBelongsNeverChanges() {
        RendezvousTable<String> table = table(nodes(10));

        assertThat(IntStream.range(0, 12)
                        .mapToObj(i -> at(table, KeyHash.mix(i)).substring(6)))
                .containsExactly(GOLDEN.split(" "));
    }

    private static final String GOLDEN = "5 1 9 8 2 1 1 2 8 3 1 3";

    @Test
    void withoutNodesThereIsNoneAndWeightsArePositive() {
        assertThat(table(List.of()).get(1)).isNull();
        assertThat(table(nodes(1)).get(-1)).isEqualTo("shard-0");
        assertThatThrownBy(() -> node("a", 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static String at(RendezvousTable<String> table, long key) {
        return Objects.requireNonNull(table.get(key));
    }

    private static RendezvousTable<String> table(List<Node<String>> nodes) {
        return RendezvousTable.of(ShardGroup.SLOTS, nodes);
    }

    private static List<Node<String>> nodes(int count) {
        return IntStream.range(0, count).mapToObj(i -> node("shard-" + i, 1)).toList();
    }

    private static Node<String> node(String name, double weight) {
        return new Node<>(name, weight, name);
    }
}
