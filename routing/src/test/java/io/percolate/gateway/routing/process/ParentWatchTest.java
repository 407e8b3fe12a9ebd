package io.percolate.gateway.routing.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ParentWatchTest {
    @Test
    void callsBackWhenTheParentDies() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder("sleep", "60").start();
        CountDownLatch gone = new CountDownLatch(1);
        try {
            ParentWatch.watch(String.valueOf(parent.pid()), gone::countDown);
            assertThat(gone.getCount()).isOne();
        } finally {
            parent.destroyForcibly();
        }

        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void callsBackSoonWhenTheParentIsGoneAlready() throws IOException, InterruptedException {
        Process parent = new ProcessBuilder("true").start();
        parent.waitFor();
        CountDownLatch gone = new CountDownLatch(1);

        ParentWatch.watch(String.valueOf(parent.pid()), gone::countDown);

        assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void watchesNobodyWithoutTheProperty() {
        ParentWatch.watch(null, () -> {
            throw new AssertionError("nobody to watch");
        });
    }

    @Test
    void refusesWhatIsNotAProcessId() {
        assertThatThrownBy(() -> ParentWatch.watch("init", () -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a process id, got 'init'");
    }
}
