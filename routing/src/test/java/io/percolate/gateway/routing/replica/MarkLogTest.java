package io.percolate.gateway.routing.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.stack.Tenants;
import io.percolate.gateway.routing.tenant.TenantId;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What a mark proves of an answer. */
class MarkLogTest {
    private static final long AGE_MAX = 1_000;

    private final MarkLog marks = new MarkLog(AGE_MAX);
    private final TenantId tenant = Tenants.fresh();
    private final TenantId other = Tenants.fresh();

    /** Writes a mark at this time; its number. */
    private long mark(long nanos) {
        long mark = marks.begin(nanos);
        marks.written(mark, nanos);
        return mark;
    }

    private OptionalLong asOf(TenantId asked, long mark, long now) {
        return marks.asOf(asked, mark, now, AGE_MAX);
    }

    @Test
    void anAnswerIsAsOldAsItsMark() {
        long first = mark(100);
        long second = mark(200);

        assertThat(asOf(tenant, first, 300)).hasValue(100);
        assertThat(asOf(tenant, second, 300)).hasValue(200);
        assertThat(marks.age(first, 300)).hasValue(200);
        assertThat(asOf(tenant, first, 100 + AGE_MAX)).hasValue(100);
        assertThat(asOf(tenant, first, 101 + AGE_MAX)).isEmpty();
    }

    @Test
    void marksThatThisProcessHasNotWrittenProveNothing() {
        long newest = mark(100);

        assertThat(asOf(tenant, 0, 100)).isEmpty();
        assertThat(asOf(tenant, newest + 1, 100)).isEmpty();
    }

    @Test
    void aChangeIsLackedByMarksThatBeganBeforeIt() {
        long before = mark(100);
        long underWay = marks.begin(200);
        marks.changed(tenant);
        marks.written(underWay, 210);
        long after = mark(300);

        assertThat(asOf(tenant, before, 300)).isEmpty();
        assertThat(asOf(tenant, underWay, 300)).isEmpty();
        assertThat(asOf(tenant, after, 300)).hasValue(300);
        assertThat(asOf(other, before, 300)).hasValue(100);
    }

    @Test
    void aChangeIsForgottenOnlyWithTheAnswersThatMightLackIt() {
        long before = mark(100);
        marks.changed(tenant);
        long after = mark(200);
        long late = mark(201 + AGE_MAX);

        assertThat(marks.asOf(tenant, before, 0, Long.MAX_VALUE)).isEmpty();
        assertThat(marks.asOf(other, before, 0, Long.MAX_VALUE)).isEmpty();
        assertThat(marks.asOf(tenant, after, 0, Long.MAX_VALUE)).isEmpty();
        assertThat(asOf(tenant, late, 201 + AGE_MAX)).isPresent();
    }

    @Test
    void whatMayHaveBeenMissedIsLackedByAllMarksSoFar() {
        long before = mark(100);
        long underWay = marks.begin(200);
        marks.distrust();
        marks.written(underWay, 210);

        assertThat(asOf(tenant, before, 210)).isEmpty();
        assertThat(asOf(tenant, underWay, 210)).isEmpty();
        assertThat(asOf(tenant, mark(300), 300)).hasValue(300);
    }

    @Test
    void aMarkThatCouldNotBeWrittenKeepsItsNumberAndItsFirstTime() {
        long written = mark(100);
        long failed = marks.begin(200);
        long again = marks.begin(50_000);

        assertThat(again).isEqualTo(failed);
        assertThat(marks.asOf(tenant, failed, 50_000, Long.MAX_VALUE)).hasValue(200);
        // Time alone forgets nothing: the primary is down, and nothing changes.
        assertThat(marks.asOf(tenant, written, 50_000, Long.MAX_VALUE)).hasValue(100);
    }

    @Test
    void moreChangesThanAreKeptMakeEveryFormerMarkWorthless() {
        long before = mark(100);
        for (int i = 0; i < MarkLog.CHANGES_MAX; i++) {
            marks.changed(new TenantId(1, i));
        }
        assertThat(asOf(tenant, before, 100)).isPresent();

        marks.changed(other);

        assertThat(asOf(tenant, before, 100)).isEmpty();
        assertThat(asOf(tenant, mark(200), 200)).isPresent();
    }

    @Test
    void onlySoManyMarksAreKept() {
        long first = mark(0);
        for (int i = 1; i < MarkLog.MARKS_MAX; i++) {
            mark(0);
        }
        assertThat(asOf(tenant, first, 0)).isPresent();

        mark(0);

        assertThat(asOf(tenant, first, 0)).isEmpty();
        assertThat(asOf(tenant, first + 1, 0)).isPresent();
    }
}
