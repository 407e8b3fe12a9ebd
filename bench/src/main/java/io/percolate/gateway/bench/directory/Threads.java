package io.percolate.gateway.bench.directory;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Work on threads of its own; an exception of any is thrown again. */
final class Threads {
    private Threads() {}

    /** Work that may fail. */
    interface Work {
        void run() throws Exception;
    }

    /** Runs it on so many threads at once, and waits for all. */
    static void all(int threads, Work work) {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> under = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                under.add(executor.submit(called(work)));
            }
            under.forEach(Threads::join);
        }
    }

    /** Starts it on one thread. */
    static Future<?> start(Work work) {
        FutureTask<Object> task = new FutureTask<>(called(work));
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    private static Callable<Object> called(Work work) {
        return () -> {
            work.run();
            return work;
        };
    }

    static void join(Future<?> future) {
        try {
            future.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
