package io.percolate.gateway.proxy.prefetch;

/**
 * At which hours of the last days a tenant came: for each hour of the day a byte, one bit a day, today's the lowest.
 *
 * <p>Safe for use by several threads.
 */
final class Habit {
    static final int HOURS_PER_DAY = 24;
    /** Days of eight on which a tenant came in an hour for it to be expected again in that hour. */
    static final int DAYS_EXPECTED = 3;

    private static final int DAYS = 8;
    private static final int TODAY = 1;

    private final byte[] daysByHour = new byte[HOURS_PER_DAY];
    private long today;
    private long lastHour;

    /** @param hour since the epoch, UTC */
    Habit(long hour) {
        today = Math.floorDiv(hour, (long) HOURS_PER_DAY);
        lastHour = hour;
        daysByHour[ofDay(hour)] = TODAY;
    }

    /** The tenant came. */
    synchronized void came(long hour) {
        advance(hour);
        lastHour = Math.max(lastHour, hour);
        daysByHour[ofDay(hour)] |= TODAY;
    }

    /** Whether it is to be expected in this hour, in which it has not come yet, nor in the one before. */
    synchronized boolean isExpected(long hour) {
        advance(hour);
        return hour - lastHour > 1 && Integer.bitCount(Byte.toUnsignedInt(daysByHour[ofDay(hour)])) >= DAYS_EXPECTED;
    }

    private void advance(long hour) {
        long day = Math.floorDiv(hour, (long) HOURS_PER_DAY);
        long days = day - today;
        if (days <= 0) {
            return;
        }
        for (int i = 0; i < HOURS_PER_DAY; i++) {
            daysByHour[i] = days >= DAYS ? 0 : (byte) (daysByHour[i] << days);
        }
        today = day;
    }

    private static int ofDay(long hour) {
        return (int) Math.floorMod(hour, (long) HOURS_PER_DAY);
    }
}
