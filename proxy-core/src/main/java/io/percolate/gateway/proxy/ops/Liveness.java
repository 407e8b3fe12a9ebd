package io.percolate.gateway.proxy.ops;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * Whether the event loops still turn.
 *
 * <p>Each is handed a task and has to run it within the deadline. A loop that is stuck is handed only one, however often
 * somebody asks.
 */
public final class Liveness {
    private final List<Loop> loops;
    private final Duration deadline;

    public Liveness(List<EventExecutor> eventLoops, Duration deadline) {
        this.loops = IntStream.range(0, eventLoops.size())
                .mapToObj(index -> new Loop(index, eventLoops.get(index)))
                .toList();
        this.deadline = deadline;
    }

    /**
     * One loop's answer.
     *
     * @param answered whether it ran the task in time; a loop that was shut down counts as having done so
     */
    record Turn(int loop, boolean answered, Duration delay) {}

    /** Each loop's answer, in order. Never errors; completes within the deadline. */
    Mono<List<Turn>> check() {
        return Flux.fromIterable(loops)
                .flatMapSequential(this::ask, Math.max(1, loops.size()))
                .collectList();
    }

    private Mono<Turn> ask(Loop loop) {
        return Mono.defer(loop::turn)
                .timeout(deadline, Schedulers.parallel())
                .thenReturn(true)
                .onErrorReturn(loop.executor.isShuttingDown())
                .elapsed()
                .map(timed -> new Turn(loop.index, timed.getT2(), Duration.ofMillis(timed.getT1())));
    }

    private static final class Loop {
        private final int index;
        private final EventExecutor executor;
        private Sinks.@Nullable One<Boolean> asked;

        private Loop(int index, EventExecutor executor) {
            this.index = index;
            this.executor = executor;
        }

        private synchronized Mono<Boolean> turn() {
            if (asked == null) {
                Sinks.One<Boolean> question = Sinks.one();
                executor.execute(() -> answer(question));
                asked = question;
            }
            return asked.asMono();
        }

        private void answer(Sinks.One<Boolean> question) {
            synchronized (this) {
                asked = null;
            }
            question.tryEmitValue(true);
        }
    }
}
