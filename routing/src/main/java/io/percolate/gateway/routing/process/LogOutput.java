package io.percolate.gateway.routing.process;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.EncoderBase;
import org.slf4j.LoggerFactory;

/**
 * The log of a process: lines on standard error, written by a thread of its own.
 *
 * <p>Set up in code, not by a file: two processes share one class path in places, and reading XML would take longer
 * than starting half the gateway. A line waits in a bounded queue; when standard error does not take lines as fast as
 * they come, lines are dropped rather than an event loop stopped.
 */
public final class LogOutput {
    private static final int LINES_MAX = 8_192;
    private static final int FLUSH_MILLIS_MAX = 1_000;
    private static final String PATTERN =
            "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"} %-5level [%thread] %logger{0} - %replace(%msg){'[\\r\\n]+', ' '}%n%ex";

    private LogOutput() {}

    /** Replaces whatever was set up before. */
    public static void apply(LogConfig config) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();

        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setName("stderr");
        console.setTarget("System.err");
        console.setEncoder(started(encoder(config.format()), context));
        console.start();

        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setName("queue");
        queue.setQueueSize(LINES_MAX);
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(true);
        queue.setMaxFlushTime(FLUSH_MILLIS_MAX);
        queue.addAppender(console);
        queue.start();

        Level level = Level.toLevel(config.level().name());
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(level.toInt() <= Level.TRACE_INT || level.toInt() >= Level.WARN_INT ? level : Level.WARN);
        root.addAppender(queue);
        context.getLogger("io.percolate").setLevel(level);
    }

    /** Writes what is queued, within a second, and ends the log; the last thing a process does. */
    public static void close() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        // The queue first: a context stops the layouts before it lets the queue write what it has.
        context.getLogger(Logger.ROOT_LOGGER_NAME).detachAndStopAllAppenders();
        context.stop();
    }

    private static EncoderBase<ILoggingEvent> encoder(LogConfig.Format format) {
        return switch (format) {
            case TEXT -> {
                PatternLayoutEncoder encoder = new PatternLayoutEncoder();
                encoder.setPattern(PATTERN);
                yield encoder;
            }
            case JSON -> {
                JsonEncoder encoder = new JsonEncoder();
                encoder.setWithSequenceNumber(false);
                encoder.setWithNanoseconds(false);
                encoder.setWithContext(false);
                encoder.setWithMarkers(false);
                encoder.setWithMDC(false);
                encoder.setWithKVPList(false);
                encoder.setWithArguments(false);
                encoder.setWithMessage(false);
                encoder.setWithFormattedMessage(true);
                yield encoder;
            }
        };
    }

    private static EncoderBase<ILoggingEvent> started(EncoderBase<ILoggingEvent> encoder, LoggerContext context) {
        encoder.setContext(context);
        encoder.start();
        return encoder;
    }
}
