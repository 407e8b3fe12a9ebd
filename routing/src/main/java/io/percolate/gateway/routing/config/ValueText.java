package io.percolate.gateway.routing.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Values as a user writes them: parsed, or empty when they are not of the form, and printed in the same form. */
final class ValueText {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB)?");

    private ValueText() {}

    static Optional<Duration> parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(Math.min(amount, Integer.MAX_VALUE));
                    case "h" -> Duration.ofHours(Math.min(amount, Integer.MAX_VALUE));
                    default -> Duration.ofDays(Math.min(amount, Integer.MAX_VALUE));
                });
    }

    static Optional<Long> parseSize(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int shift = switch (matcher.group(2)) {
            case "KiB" -> 10;
            case "MiB" -> 20;
            case "GiB" -> 30;
            case null, default -> 0;
        };
        long amount = Long.parseLong(matcher.group(1));
        return amount > Long.MAX_VALUE >> shift ? Optional.empty() : Optional.of(amount << shift);
    }

    static Optional<Path> parsePath(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException invalid) {
            return Optional.empty();
        }
    }

    static Optional<URI> parseUri(String text) {
        try {
            return Optional.of(new URI(text));
        } catch (URISyntaxException invalid) {
            return Optional.empty();
        }
    }

    static String print(Duration duration) {
        if (duration.isZero()) {
            return "0ms";
        }
        long millis = duration.toMillis();
        if (millis % Duration.ofDays(1).toMillis() == 0) {
            return duration.toDays() + "d";
        }
        if (millis % Duration.ofHours(1).toMillis() == 0) {
            return duration.toHours() + "h";
        }
        if (millis % Duration.ofMinutes(1).toMillis() == 0) {
            return duration.toMinutes() + "m";
        }
        return millis % 1000 == 0 ? duration.toSeconds() + "s" : millis + "ms";
    }

    static String printSize(long bytes) {
        if (bytes != 0 && bytes % (1L << 30) == 0) {
            return (bytes >> 30) + "GiB";
        }
        if (bytes != 0 && bytes % (1L << 20) == 0) {
            return (bytes >> 20) + "MiB";
        }
        return bytes != 0 && bytes % (1L << 10) == 0 ? (bytes >> 10) + "KiB" : String.valueOf(bytes);
    }
}
