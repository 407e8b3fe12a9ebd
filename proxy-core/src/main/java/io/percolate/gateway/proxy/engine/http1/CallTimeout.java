package io.percolate.gateway.proxy.engine.http1;

import java.util.concurrent.TimeUnit;

/** The value of {@code grpc-timeout}: up to eight digits and a unit (gRPC over HTTP/2, "Requests"). */
public final class CallTimeout {
    private static final int DIGITS_MAX = 8;
    private static final long VALUE_MAX = 99_999_999;

    private CallTimeout() {}

    /** Nanoseconds; -1 when it is not validly written. */
    public static long parse(String text) {
        int digits = text.length() - 1;
        if (digits < 1 || digits > DIGITS_MAX) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = 10 * value + digit;
        }
        return switch (text.charAt(digits)) {
            case 'H' -> TimeUnit.HOURS.toNanos(value);
            case 'M' -> TimeUnit.MINUTES.toNanos(value);
            case 'S' -> TimeUnit.SECONDS.toNanos(value);
            case 'm' -> TimeUnit.MILLISECONDS.toNanos(value);
            case 'u' -> TimeUnit.MICROSECONDS.toNanos(value);
            case 'n' -> value;
            default -> -1;
        };
    }

    /** The same time as precisely as eight digits allow, rounded down; never less than a nanosecond. */
    public static String format(long nanos) {
        if (nanos <= VALUE_MAX) {
            return Math.max(1, nanos) + "n";
        }
        long micros = TimeUnit.NANOSECONDS.toMicros(nanos);
        if (micros <= VALUE_MAX) {
            return micros + "u";
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        if (millis <= VALUE_MAX) {
            return millis + "m";
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos);
        return seconds <= VALUE_MAX ? seconds + "S" : TimeUnit.NANOSECONDS.toHours(nanos) + "H";
    }
}
