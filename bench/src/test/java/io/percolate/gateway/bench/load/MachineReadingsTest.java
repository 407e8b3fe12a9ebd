package io.percolate.gateway.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is read of the machine, of processes and of generators, from texts as they come. */
class MachineReadingsTest {
    @Test
    void stealIsAShareOfAllTime() {
        MachineClock before = MachineClock.parse("cpu  1000 10 500 8000 20 0 30 40 0 0");
        MachineClock after = MachineClock.parse("cpu  1100 10 550 8020 20 0 30 70 0 0");

        assertThat(after.stealShareSince(before)).isCloseTo(30 / 200.0, within(1e-9));
        assertThat(after.busySecondsSince(before)).isCloseTo(1.5, within(1e-9));
    }

    @Test
    void aLineOfOneCoreIsNotTheMachines() {
        assertThatThrownBy(() -> MachineClock.parse("cpu0 1 2 3 4 5 6 7 8 0 0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cpu0");
    }

    @Test
    void aRoundIsDisturbedByStealByOthersAndByTheCompiler() {
        assertThat(new Conditions(0.02, 0.05, 0.05).areDisturbed()).isFalse();
        assertThat(new Conditions(0.021, 0, 0).disturbance()).isEqualTo("steal 2 %");
        assertThat(new Conditions(0, 0.06, 0.2).disturbance()).isEqualTo("other processes 6 %, compiling 20 %");
        assertThat(new Conditions(0, 0, 0.06).areDisturbed()).isTrue();
    }

    @Test
    void processorTimeComesAfterANameOfAnySort() {
        String stat = "4711 (C2 Compiler) 1) S 1 2 3 4 5 6 7 8 9 10 150 50 300 100 20 0 40";

        assertThat(ProcessClock.seconds(stat, 2)).isEqualTo(2.0);
        assertThat(ProcessClock.seconds(stat, 4)).isEqualTo(6.0);
        assertThat(ProcessClock.isCompiler("12 (C2 CompilerThre) S")).isTrue();
        assertThat(ProcessClock.isCompiler("12 (edge-loop-1) S")).isFalse();
    }

    @Test
    void ownTimeIsReadFromTheMachine() {
        assertThat(ProcessClock.ownSeconds()).isPositive();
        assertThat(ProcessClock.compilerSeconds(ProcessHandle.current().pid())).isNotNegative();
    }

    @Test
    void figuresAreFoundInAGeneratorsOutput() {
        Figures figures =
                Figures.parse("Running 3s test\n  more text\nFIGURES 90000 3000000 900 1500 7000 30 45000000\n");

        assertThat(figures.rightPerSecond()).isEqualTo(29_990);
        assertThat(figures.p99()).isEqualTo(7_000);
        assertThat(Figures.parse(figures.line())).isEqualTo(figures);
    }

    @Test
    void outputWithoutFiguresIsShown() {
        assertThatThrownBy(() -> Figures.parse("unable to connect to 127.0.0.1:1"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unable to connect");
    }

    @Test
    void aHeapIsFoundAmongTheMappings() {
        long[] heap = JavaHeap.region("""
                def new generation   total 118016K, used 6295K [0x0000000680000000, 0x0000000688000000, 0x00000006d5550000)
                tenured generation   total 262144K, used 0K [0x00000006d5550000, 0x00000006e5550000, 0x0000000780000000)
                """);
        List<String> smaps = List.of(
                "680000000-688000000 rw-p 00000000 00:00 0",
                "Rss:                1024 kB",
                "6d5550000-6e5550000 rw-p 00000000 00:00 0",
                "Rss:                 512 kB",
                "7f0000000000-7f0000100000 rw-p 00000000 00:00 0",
                "Rss:                4096 kB",
                "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]",
                "Rss:                   0 kB");

        assertThat(JavaHeap.residentBytes(smaps, heap)).isEqualTo(1_536 * 1_024);
        assertThat(JavaHeap.liveBytes(" num  #instances\n   1:  10  400  [B\nTotal          1234        567890\n"))
                .isEqualTo(567_890);
    }
}
