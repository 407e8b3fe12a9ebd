package io.percolate.gateway.proxy.accesslog;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.percolate.gateway.proxy.record.RequestObserver;
import io.percolate.gateway.proxy.record.RequestTimeline;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a line for each request, from a thread of its own.
 *
 * <p>An event loop only appends to a bounded queue without locks. When the output does not take lines as fast as
 * requests end, lines are dropped and counted in {@code router_access_log_dropped_total}; nothing waits.
 */
public final class AccessLog implements RequestObserver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
    private static final Duration CLOSE_MAX = Duration.ofSeconds(2);

    private final Queue<AccessLogEntry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger queued = new AtomicInteger();
    private final int linesMax;
    private final AccessLogForm form;
    private final OutputStream output;
    private final Clock clock;
    private final Counter dropped;
    private final Counter failed;
    private final Thread writer;
    private volatile boolean idle;
    private volatile boolean closing;

    /** Takes the output, which should be buffered: it is flushed whenever no line waits, and never closed. */
    public AccessLog(AccessLogConfig config, OutputStream output, MeterRegistry registry, Clock clock) {
        this.linesMax = config.linesMax();
        this.form = new AccessLogForm(config);
        this.output = output;
        this.clock = clock;
        this.dropped = Counter.builder("router.access.log.dropped")
                .description("Lines of the access log that were dropped because the output was too slow")
                .register(registry);
        this.failed = Counter.builder("router.access.log.failed")
                .description("Lines of the access log that the output refused")
                .register(registry);
        this.writer = Thread.ofPlatform().name("access-log").daemon().unstarted(this::write);
    }

    public AccessLog start() {
        writer.start();
        return this;
    }

    @Override
    public void completed(RequestTimeline timeline) {
        if (queued.incrementAndGet() > linesMax) {
            queued.decrementAndGet();
            dropped.increment();
            return;
        }
        queue.add(AccessLogEntry.of(timeline, clock.millis()));
        if (idle) {
            LockSupport.unpark(writer);
        }
    }

    /** Writes what is queued, within two seconds, and ends the writer. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(writer);
        try {
            writer.join(CLOSE_MAX);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void write() {
        boolean failing = false;
        while (true) {
            AccessLogEntry entry = queue.poll();
            try {
                if (entry != null) {
                    queued.decrementAndGet();
                    output.write(form.line(entry).getBytes(StandardCharsets.UTF_8));
                    continue;
                }
                output.flush();
                failing = false;
            } catch (IOException | RuntimeException refused) {
                failed.increment();
                if (!failing) {
                    failing = true;
                    LOG.warn("lines of the access log cannot be written; the next ones are only counted", refused);
                }
            }
            if (closing && queue.isEmpty()) {
                return;
            }
            idle = true;
            if (queue.isEmpty() && !closing) {
                LockSupport.park(this);
            }
            idle = false;
        }
    }
}
