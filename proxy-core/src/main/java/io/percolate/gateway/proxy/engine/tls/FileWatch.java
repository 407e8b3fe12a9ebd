package io.percolate.gateway.proxy.engine.tls;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at files every now and then, on a thread of its own. */
public final class FileWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("tls-files").factory());

    /** Begins to run these looks, in order, each time this long after the last. */
    public FileWatch(Duration interval, List<Runnable> looks) {
        thread.scheduleWithFixedDelay(
                () -> looks.forEach(FileWatch::look), interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
    }

    private static void look(Runnable look) {
        try {
            look.run();
        } catch (RuntimeException failed) {
            // An exception here would be the last look.
            LOG.error("watched files could not be looked at", failed);
        }
    }

    /** Looks no more; one that is under way ends. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
