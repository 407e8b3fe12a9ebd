package io.percolate.gateway.warmup.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.warmup.model.PlacementModel.Beginning;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Explores what docs/placement-model.md describes; {@code -Dpercolate.model.states=5000000} and the like go further. */
class PlacementModelTest {
    private static final int STATES_MAX = Integer.getInteger("percolate.model.states", 15_000);
    /** Enough for every rule that is left out to be missed. */
    private static final int BROKEN_STATES_MAX = 150_000;

    private static final Shape SHAPE = new Shape(
            Integer.getInteger("percolate.model.pods", 2),
            Integer.getInteger("percolate.model.workers", 2),
            Integer.getInteger("percolate.model.gateways", 1),
            Integer.getInteger("percolate.model.epochs", 4),
            Integer.getInteger("percolate.model.writes", 2),
            Integer.getInteger("percolate.model.messages", 1));
    /** Without requests there are fewer states; where the tenant can be brought back to is seen all the same. */
    private static final Shape QUIET = new Shape(2, 2, 0, 4, 1, 1);

    private static final Shape BUSY = new Shape(2, 2, 1, 4, 2, 1);

    @ParameterizedTest
    @EnumSource(Beginning.class)
    void noStateWithinTheBoundsBreaksAnything(Beginning beginning) {
        Explorer.Outcome outcome = Explorer.explore(SHAPE, EnumSet.allOf(Rule.class), beginning, STATES_MAX);

        assertThat(outcome.violation())
                .as("after %s", String.join("\n  ", outcome.trace()))
                .isNull();
        assertThat(outcome.complete() || outcome.states() >= STATES_MAX)
                .as("%s", outcome)
                .isTrue();
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void withoutOneOfTheRulesSomethingBreaks(Rule missing) {
        Set<Rule> rules = EnumSet.complementOf(EnumSet.of(missing));
        Shape shape =
                missing == Rule.EPOCH_RISES_WITH_ASSIGNMENT || missing == Rule.POD_REFUSES_OTHER_EPOCHS ? BUSY : QUIET;

        Explorer.Outcome outcome = Explorer.explore(shape, rules, Beginning.HOT_AND_USED, BROKEN_STATES_MAX);

        assertThat(outcome.violation()).as("%s", outcome).isNotNull();
        assertThat(outcome.trace()).hasSize(outcome.depth() + 1).startsWith(Beginning.HOT_AND_USED.toString());
    }
}
