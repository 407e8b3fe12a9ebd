package io.percolate.gateway.bench.abuse;

import java.time.Duration;
import java.util.List;

/**
 * What an offender sends on each of its connections.
 *
 * @param parts the first at once, each further one after an interval; borrowed, never changed
 * @param endless whether the last part is sent again and again
 * @param reading all that comes, or else a few bytes each interval
 * @param secure whether it goes to the port of TLS, as it is: what is sent is no TLS but what the parts say
 */
record Offence(List<byte[]> parts, boolean endless, Duration interval, boolean reading, boolean secure) {
    private static final byte[] NOTHING = new byte[0];

    Offence {
        parts = List.copyOf(parts);
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("an offence has a first part");
        }
    }

    /** Empty when there is none. */
    byte[] part(int number) {
        if (number < parts.size()) {
            return parts.get(number);
        }
        return endless ? parts.getLast() : NOTHING;
    }
}
