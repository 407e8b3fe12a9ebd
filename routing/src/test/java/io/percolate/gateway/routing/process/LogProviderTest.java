package io.percolate.gateway.routing.process;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LogbackServiceProvider;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.SLF4JServiceProvider;

class LogProviderTest {
    @Test
    void isWhatSlf4jAsksForAndNeedsNoMoreThanLogbacksOwn() {
        SLF4JServiceProvider provider = new LogProvider();

        provider.initialize();

        assertThat(provider.getLoggerFactory()).isInstanceOfSatisfying(LoggerContext.class, context -> {
            assertThat(context.isStarted()).isTrue();
            assertThat(context.getLogger("any").iteratorForAppenders().hasNext())
                    .isFalse();
        });
        assertThat(provider.getMarkerFactory().getMarker("any").getName()).isEqualTo("any");
        provider.getMDCAdapter().put("key", "value");
        assertThat(provider.getMDCAdapter().get("key")).isEqualTo("value");
        assertThat(provider.getRequestedApiVersion()).isEqualTo(new LogbackServiceProvider().getRequestedApiVersion());
        assertThat(LoggerFactory.getILoggerFactory()).isNotSameAs(provider.getLoggerFactory());
    }
}
