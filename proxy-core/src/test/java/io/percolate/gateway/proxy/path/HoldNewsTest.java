package io.percolate.gateway.proxy.path;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.warmup.wake.WakePhases;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What there is to tell the client of a held request, and when. */
class HoldNewsTest {
    private static final String ESTIMATE = "wake;desc=\"estimated\";dur=2500.0";

    private final AtomicReference<@Nullable WakePhases> progress = new AtomicReference<>();
    private final HoldNews news = new HoldNews(Duration.ofMillis(2_500), 0, progress::get);

    @Test
    void newsAreWhatToExpectEachPhaseThatBeginsAndWhereTheTimeGoesAfterASilence() {
        assertThat(at(0)).isEqualTo(ESTIMATE + ", queue;dur=0.0");
        assertThat(at(100)).isNull();
        progress.set(phases(30, 0, 0, 0));
        assertThat(at(200)).isEqualTo(ESTIMATE + ", queue;dur=170.0, place;dur=30.0");
        progress.set(phases(30, 100, 0, 0));
        assertThat(at(300)).isEqualTo(ESTIMATE + ", queue;dur=170.0, place;dur=30.0, scale;dur=100.0");
        progress.set(phases(60, 200, 0, 0));
        assertThat(at(400)).isNull();
        assertThat(at(4_299)).isNull();
        progress.set(phases(60, 4_070, 0, 0));
        assertThat(at(4_300)).isEqualTo(ESTIMATE + ", queue;dur=170.0, place;dur=60.0, scale;dur=4070.0");
        // Another process goes on with the wake, and this one knows no more.
        progress.set(null);
        assertThat(at(4_400)).isNull();
        assertThat(at(8_300)).isEqualTo(ESTIMATE + ", queue;dur=8300.0");
    }

    @Test
    void afterEightThereAreNone() {
        for (int i = 0; i < HoldNews.NEWS_MAX; i++) {
            assertThat(at(10_000L * i)).isNotNull();
        }
        assertThat(at(1_000_000)).isNull();
        assertThat(HoldNews.NEWS_MAX).isEqualTo(8);
    }

    private @Nullable String at(long millis) {
        return news.next(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private static WakePhases phases(long place, long scale, long load, long probe) {
        long milli = TimeUnit.MILLISECONDS.toNanos(1);
        return new WakePhases(place * milli, scale * milli, load * milli, probe * milli);
    }
}
