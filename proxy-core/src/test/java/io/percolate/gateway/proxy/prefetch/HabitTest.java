package io.percolate.gateway.proxy.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HabitTest {
    private static final long NINE = 24 * 20_000L + 9;

    @Test
    void whoCameInAnHourOnThreeDaysIsExpectedInItAgain() {
        Habit habit = new Habit(NINE);
        habit.came(day(1));
        assertThat(habit.isExpected(day(2))).isFalse();
        habit.came(day(2));
        assertThat(habit.isExpected(day(3))).isTrue();
        assertThat(habit.isExpected(day(3) + 1)).isFalse();
        assertThat(habit.isExpected(day(5))).isTrue();
    }

    @Test
    void daysThatAreLongPastAreForgotten() {
        Habit habit = new Habit(NINE);
        habit.came(day(1));
        habit.came(day(2));
        assertThat(habit.isExpected(day(7))).isTrue();
        assertThat(habit.isExpected(day(8))).isFalse();
        assertThat(habit.isExpected(day(100))).isFalse();
    }

    @Test
    void whoIsHereIsNotExpected() {
        Habit habit = new Habit(NINE);
        habit.came(day(1));
        habit.came(day(2));
        habit.came(day(3) - 1);
        assertThat(habit.isExpected(day(3))).isFalse();
    }

    @Test
    void manyRequestsOfOneHourAreOne() {
        Habit habit = new Habit(NINE);
        for (int i = 0; i < 100; i++) {
            habit.came(NINE);
        }
        assertThat(habit.isExpected(day(1))).isFalse();
    }

    private static long day(int days) {
        return NINE + 24L * days;
    }
}
