package io.percolate.gateway.proxy.main;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

class TeardownTest {
    private final Teardown teardown = new Teardown();
    private final List<String> closed = new ArrayList<>();

    @Test
    void closesInReverseOrderEachOnce() {
        teardown.add("first", () -> closed.add("first"));
        teardown.add("second", () -> closed.add("second"));

        teardown.run().block();
        teardown.run().block();

        assertThat(closed).containsExactly("second", "first");
    }

    @Test
    void goesOnPastWhatCannotBeClosed() {
        teardown.add("first", () -> closed.add("first"));
        teardown.add("broken", () -> {
            throw new IllegalStateException("broken on purpose");
        });
        teardown.add("refusing", () -> Mono.error(new IllegalStateException("refused on purpose")));

        teardown.run().block();

        assertThat(closed).containsExactly("first");
    }

    @Test
    void waitsForNobodyForEver() {
        StepVerifier.withVirtualTime(() -> {
                    teardown.add("first", () -> closed.add("first"));
                    teardown.add("stuck", () -> Mono.never());
                    return teardown.run();
                })
                .thenAwait(Duration.ofSeconds(3))
                .verifyComplete();

        assertThat(closed).containsExactly("first");
    }
}
