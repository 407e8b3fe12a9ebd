package io.percolate.gateway.proxy.fault;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What is done to a request that was let in: written {@code delay=200ms}, {@code abort=503} or {@code drop}. */
public sealed interface Fault {
    /** It goes on later. */
    record Delay(Duration length) implements Fault {}

    /** It is answered with this status. */
    record Abort(int status) implements Fault {}

    /** Its connection is reset (HTTP/1.1), or its stream (HTTP/2). */
    record Drop() implements Fault {}

    Duration DELAY_MAX = Duration.ofMinutes(1);

    /** For people who got the text wrong. */
    String EXPECTED = "delay= with a time up to 60s, as 200ms or 2s, abort= with a status from 400 to 599, or drop";

    Pattern DELAY = Pattern.compile("delay=(\\d{1,6})(ms|s)");
    Pattern ABORT = Pattern.compile("abort=([45]\\d\\d)");

    static Optional<Fault> parse(String text) {
        if (text.equals("drop")) {
            return Optional.of(new Drop());
        }
        Matcher abort = ABORT.matcher(text);
        if (abort.matches()) {
            return Optional.of(new Abort(Integer.parseInt(abort.group(1))));
        }
        Matcher delay = DELAY.matcher(text);
        if (!delay.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(delay.group(1));
        Duration length = delay.group(2).equals("s") ? Duration.ofSeconds(amount) : Duration.ofMillis(amount);
        return length.compareTo(DELAY_MAX) > 0 ? Optional.empty() : Optional.of(new Delay(length));
    }
}
