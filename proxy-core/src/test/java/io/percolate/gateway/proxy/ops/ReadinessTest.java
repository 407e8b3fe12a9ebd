package io.percolate.gateway.proxy.ops;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.ops.Readiness.Dependency;
import io.percolate.gateway.proxy.ops.Readiness.Need;
import io.percolate.gateway.proxy.ops.Readiness.Stage;
import io.percolate.gateway.proxy.ops.Readiness.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadinessTest {
    private volatile boolean up;

    @Test
    void startsUnreadyAndEndsUnready() {
        Readiness readiness = new Readiness(List.of());

        assertThat(readiness.report().ready()).isFalse();
        readiness.enter(Stage.SERVING);
        assertThat(readiness.report().ready()).isTrue();
        readiness.enter(Stage.DRAINING);
        assertThat(readiness.report().ready()).isFalse();
        readiness.enter(Stage.DRAINED);
        assertThat(readiness.report().ready()).isFalse();
    }

    @Test
    void neverGoesBackToAnEarlierStage() {
        Readiness readiness = new Readiness(List.of());
        readiness.enter(Stage.DRAINING);

        readiness.enter(Stage.SERVING);

        assertThat(readiness.stage()).isEqualTo(Stage.DRAINING);
    }

    @Test
    void needsSomeDependenciesAlways() {
        Readiness readiness = serving(Need.ALWAYS);

        assertThat(readiness.report().ready()).isFalse();
        up = true;
        assertThat(readiness.report().ready()).isTrue();
        up = false;
        assertThat(readiness.report().ready()).isFalse();
    }

    @Test
    void needsSomeDependenciesOnlyOnce() {
        Readiness readiness = serving(Need.ONCE);

        assertThat(readiness.report().ready()).isFalse();
        up = true;
        assertThat(readiness.report().ready()).isTrue();
        up = false;
        assertThat(readiness.report().ready()).isTrue();
        assertThat(readiness.report().dependencies())
                .hasEntrySatisfying("it", detail -> assertThat(detail.up()).isFalse());
    }

    @Test
    void showsSomeDependenciesWithoutNeedingThem() {
        assertThat(serving(Need.NEVER).report().ready()).isTrue();
    }

    private Readiness serving(Need need) {
        Readiness readiness = new Readiness(List.of(new Dependency("it", need, () -> new State(up, ""))));
        readiness.enter(Stage.SERVING);
        return readiness;
    }
}
