package io.percolate.gateway.context.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.context.store.StoreCircuit.State;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StoreCircuitTest {
    private final AtomicLong nanos = new AtomicLong();
    private final StoreCircuit circuit = new StoreCircuit(nanos::get, () -> 0.5);

    @Test
    void itOpensAfterOutagesInARowOnly() {
        for (int i = 1; i < StoreCircuit.OUTAGES_MAX; i++) {
            circuit.outage();
        }
        circuit.answered();
        for (int i = 1; i < StoreCircuit.OUTAGES_MAX; i++) {
            circuit.outage();
            assertThat(circuit.refusal()).isEmpty();
        }
        circuit.outage();
        assertThat(circuit.refusal()).contains(StoreCircuit.OPEN_MIN);
    }

    @Test
    void oneAtATimeFindsOutWhetherTheStoreIsBack() {
        open();
        nanos.addAndGet(StoreCircuit.OPEN_MIN.toNanos());

        assertThat(circuit.refusal()).isEmpty();
        assertThat(circuit.state()).isEqualTo(State.PROBING);
        assertThat(circuit.refusal()).isPresent();

        circuit.answered();
        assertThat(circuit.refusal()).isEmpty();
        assertThat(circuit.refusal()).isEmpty();
    }

    @Test
    void itStaysOpenTwiceAsLongEachTimeUpToABound() {
        open();
        Duration open = StoreCircuit.OPEN_MIN;
        for (int i = 0; i < 10; i++) {
            assertThat(circuit.refusal()).contains(open);
            nanos.addAndGet(open.toNanos());
            assertThat(circuit.refusal()).isEmpty();
            circuit.outage();
            open = open.multipliedBy(2).compareTo(StoreCircuit.OPEN_MAX) < 0
                    ? open.multipliedBy(2)
                    : StoreCircuit.OPEN_MAX;
        }
        assertThat(open).isEqualTo(StoreCircuit.OPEN_MAX);
    }

    @Test
    void aProbeThatIsGivenUpLeavesItToTheNext() {
        open();
        nanos.addAndGet(StoreCircuit.OPEN_MIN.toNanos());
        assertThat(circuit.refusal()).isEmpty();

        circuit.undecided();

        assertThat(circuit.refusal()).isEmpty();
        assertThat(circuit.refusal()).isPresent();
    }

    private void open() {
        for (int i = 0; i < StoreCircuit.OUTAGES_MAX; i++) {
            circuit.outage();
        }
    }
}
