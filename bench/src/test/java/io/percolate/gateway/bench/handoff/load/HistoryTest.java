package io.percolate.gateway.bench.handoff.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The judges of histories find what they are there for. */
class HistoryTest {
    @Test
    void aReadBehindWhatWasAcknowledgedIsFound() {
        Register register = new Register("r");
        register.acknowledge(register.next());
        register.acknowledge(register.next());
        long least = register.leastNow();
        long unknown = register.next();

        assertThat(register.next()).isEqualTo(unknown);
        assertThat(register.judge(least, 2)).isEmpty();
        assertThat(register.judge(least, 3)).isEmpty();
        assertThat(register.judge(least, 1)).isPresent();
        assertThat(register.judge(least, 4)).isPresent();
    }

    @Test
    void anEntryThatIsGoneTwiceThereOutOfOrderOrNeverSentIsFound() {
        MessageLog log = new MessageLog("l");
        for (int i = 1; i <= 4; i++) {
            long entry = log.next();
            if (entry != 3) {
                log.acknowledge(entry, i);
            }
        }

        assertThat(log.judge(List.of(1L, 2L, 4L), 3, 0)).isEmpty();
        assertThat(log.judge(List.of(1L, 2L, 4L, 3L), 3, 0)).isEmpty();
        assertThat(log.judge(List.of(1L, 4L), 3, 0)).hasSize(1);
        assertThat(log.judge(List.of(1L, 4L), 1, 0)).isEmpty();
        assertThat(log.judge(List.of(2L, 1L, 4L), 3, 0)).hasSize(1);
        assertThat(log.judge(List.of(1L, 2L, 2L, 4L), 3, 0)).hasSize(1);
        assertThat(log.judge(List.of(1L, 2L, 4L, 5L), 3, 0)).hasSize(1);
        assertThat(log.window(2)).isEqualTo(new MessageLog.Window(1, 2));
        assertThat(log.judge(List.of(2L, 4L), 3, 2)).isEmpty();
    }
}
