package io.percolate.gateway.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestObserversTest {
    @Test
    void tellsEveryObserverEvenWhenOneFails() {
        List<RequestTimeline> told = new ArrayList<>();
        RequestObserver broken = timeline -> {
            throw new IllegalStateException("broken on purpose");
        };
        RequestTimeline timeline = new RequestTimeline();

        new RequestObservers(List.of(told::add, broken, told::add)).completed(timeline);

        assertThat(told).containsExactly(timeline, timeline);
    }
}
