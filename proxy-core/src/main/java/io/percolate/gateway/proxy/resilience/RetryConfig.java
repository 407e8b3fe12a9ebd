package io.percolate.gateway.proxy.resilience;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * When a request is sent once more.
 *
 * @param triesMax of one request, the first included
 * @param budgetPercent of the requests to a tier's pods within the window, which is what retries may come to
 * @param budgetMin retries within the window that are free, for all event loops together
 * @param backoff the first pause is a random part of this, each next one of twice as much
 * @param replayBytesMax of requests' bodies kept for sending them again, of all requests together
 * @param hedge whether a GET of tier A that is late is sent a second time
 */
public record RetryConfig(
        int triesMax,
        int budgetPercent,
        int budgetMin,
        Duration budgetWindow,
        Duration backoff,
        Duration backoffMax,
        long replayBytesMax,
        boolean hedge,
        Duration hedgeAfterMin) {

    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final int TRIES_MAX = 10;

    /** Reads the keys {@code GATEWAY_RETRY_*} and {@code GATEWAY_HEDGE*}. */
    static RetryConfig read(ConfigReader reader) {
        return new RetryConfig(
                reader.count("GATEWAY_RETRY_TRIES_MAX", 3, 1, TRIES_MAX, "tries of one request, the first included"),
                reader.count(
                        "GATEWAY_RETRY_BUDGET_PERCENT",
                        20,
                        0,
                        100,
                        "what retries and hedges of a tier may come to, of its requests within the window"),
                reader.count(
                        "GATEWAY_RETRY_BUDGET_MIN",
                        10,
                        0,
                        1_000_000,
                        "retries of a tier within the window that are granted however few requests there are"),
                reader.duration(
                        "GATEWAY_RETRY_BUDGET_WINDOW",
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(1),
                        Duration.ofMinutes(10),
                        "over which retries are counted"),
                reader.duration(
                        "GATEWAY_RETRY_BACKOFF",
                        Duration.ofMillis(25),
                        MILLI,
                        MINUTE,
                        "pause before a retry at the same pod: a random part of this, then of twice as much"),
                reader.duration(
                        "GATEWAY_RETRY_BACKOFF_MAX", Duration.ofMillis(250), MILLI, MINUTE, "the longest such pause"),
                reader.size(
                        "GATEWAY_RETRY_REPLAY_BYTES_MAX",
                        64L << 20,
                        0,
                        1L << 40,
                        "bodies kept for sending requests again, up to 64 KiB each, in all"),
                reader.flag(
                        "GATEWAY_HEDGE",
                        false,
                        "whether a GET of tier A that takes longer than 95 % do is sent a second time, and the first"
                                + " answer taken"),
                reader.duration(
                        "GATEWAY_HEDGE_AFTER_MIN",
                        Duration.ofMillis(10),
                        MILLI,
                        MINUTE,
                        "no request is sent a second time before"));
    }

    /** The pause before this retry, the first being 1, for a random number of 64 bits. */
    public long pauseNanos(int retry, long random) {
        int doublings = Math.min(retry - 1, 20);
        long longest = Math.min(backoffMax.toNanos(), backoff.toNanos() << doublings);
        return (random >>> 1) % (longest + 1);
    }
}
