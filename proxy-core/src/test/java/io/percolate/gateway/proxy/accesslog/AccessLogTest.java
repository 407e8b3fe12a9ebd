package io.percolate.gateway.proxy.accesslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.proxy.accesslog.AccessLogConfig.Format;
import io.percolate.gateway.proxy.record.RequestTimeline;
import io.percolate.gateway.proxy.record.Timelines;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-20T10:15:30Z"), ZoneOffset.UTC);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void writesALineForEachRequest() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        AccessLog log = new AccessLog(new AccessLogConfig(Format.TEXT, false, 100), output, registry, CLOCK).start();

        log.completed(Timelines.answeredByPod());
        log.completed(Timelines.answeredByPod());
        log.close();

        assertThat(output.toString(StandardCharsets.UTF_8)).hasLineCount(2);
    }

    @Test
    void copiesTheTimelineWhichItsEventLoopUsesAgain() {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        AccessLog log = new AccessLog(new AccessLogConfig(Format.TEXT, false, 100), output, registry, CLOCK);
        RequestTimeline timeline = Timelines.answeredByPod();

        log.completed(timeline);
        timeline.target = "/the/next/request";
        log.start();
        log.close();

        assertThat(output.toString(StandardCharsets.UTF_8)).contains("/whoami").doesNotContain("next");
    }

    @Test
    void dropsAndCountsLinesInsteadOfWaitingForASlowOutput() throws InterruptedException {
        StuckOutput output = new StuckOutput();
        AccessLog log = new AccessLog(new AccessLogConfig(Format.TEXT, false, 3), output, registry, CLOCK).start();
        log.completed(Timelines.answeredByPod());
        output.reached.await();

        for (int i = 0; i < 10; i++) {
            log.completed(Timelines.answeredByPod());
        }

        assertThat(registry.counter("router.access.log.dropped").count()).isEqualTo(7);
        output.free.countDown();
        log.close();
        assertThat(output.lines).isEqualTo(4);
    }

    @Test
    void countsWhatTheOutputRefusesAndGoesOn() {
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("no space left on device");
            }
        };
        AccessLog log = new AccessLog(new AccessLogConfig(Format.JSON, false, 100), broken, registry, CLOCK).start();

        log.completed(Timelines.answeredByPod());
        log.completed(Timelines.answeredByPod());

        await().until(() -> registry.counter("router.access.log.failed").count() == 2);
        log.close();
    }

    @Test
    void pinsDefaultsAndMapsEveryKey() {
        assertThat(AccessLogConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new AccessLogConfig(Format.OFF, false, 16_384));
        assertThat(AccessLogConfig.read(new ConfigReader(ConfigSource.of(Map.of(
                        "GATEWAY_OPS_ACCESS_LOG", "json",
                        "GATEWAY_OPS_ACCESS_LOG_QUERY", "true",
                        "GATEWAY_OPS_ACCESS_LOG_LINES_MAX", "7")))))
                .isEqualTo(new AccessLogConfig(Format.JSON, true, 7));
    }

    /** Blocks in its first write until set free. */
    private static final class StuckOutput extends OutputStream {
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch free = new CountDownLatch(1);
        private int lines;

        @Override
        public void write(int b) {
            throw new AssertionError("lines come whole");
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            reached.countDown();
            try {
                free.await();
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
            lines++;
        }
    }
}
