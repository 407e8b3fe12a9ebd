package io.percolate.gateway.routing.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LogOutputTest {
    private final PrintStream realError = System.err;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @BeforeEach
    void captureStandardError() {
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void restore() throws JoranException {
        System.setErr(realError);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    @Test
    void writesOneLineForAMessageWhateverItHolds() {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.INFO));

        LoggerFactory.getLogger("io.percolate.gateway.Sample").info("a\r\nforged line");
        LogOutput.close();

        assertThat(text()).contains("INFO").contains("Sample - a forged line").hasLineCount(1);
    }

    @Test
    void writesJsonLinesWhenAsked() {
        LogOutput.apply(new LogConfig(LogConfig.Format.JSON, LogConfig.Level.INFO));

        LoggerFactory.getLogger("io.percolate.gateway.Sample").warn("quota of {} \"used\"", 7);
        LogOutput.close();

        assertThat(text())
                .hasLineCount(1)
                .startsWith("{")
                .contains("\"level\":\"WARN\"", "\"formattedMessage\":\"quota of 7 \\\"used\\\"\"");
    }

    @Test
    void keepsLibrariesQuietBelowWarn() {
        LogOutput.apply(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.DEBUG));

        LoggerFactory.getLogger("io.netty.Sample").info("chatter");
        LoggerFactory.getLogger("io.netty.Sample").warn("matters");
        LoggerFactory.getLogger("io.percolate.gateway.Sample").debug("detail");
        LogOutput.close();

        assertThat(text()).doesNotContain("chatter").contains("matters", "detail");
    }

    @Test
    void pinsDefaultsAndMapsEveryKey() {
        assertThat(LogConfig.read(new ConfigReader(ConfigSource.of(Map.of()))))
                .isEqualTo(new LogConfig(LogConfig.Format.TEXT, LogConfig.Level.INFO));
        assertThat(LogConfig.read(new ConfigReader(
                        ConfigSource.of(Map.of("GATEWAY_LOG_FORMAT", "json", "GATEWAY_LOG_LEVEL", "debug")))))
                .isEqualTo(new LogConfig(LogConfig.Format.JSON, LogConfig.Level.DEBUG));
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }
}
