package io.percolate.gateway.admin.http;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** How values of closed lists are spelled in JSON, in queries and in the database: lower case, and tiers A, B, C. */
public final class Label {
    private Label() {}

    public static String of(Enum<?> value) {
        return value instanceof Tier tier ? tier.name() : value.name().toLowerCase(Locale.ROOT);
    }

    public static <E extends Enum<E>> Optional<E> parse(Class<E> type, String label) {
        return Stream.of(type.getEnumConstants())
                .filter(value -> of(value).equals(label))
                .findFirst();
    }

    /** All spellings, for a message: {@code A, B or C}. */
    static String choices(Class<? extends Enum<?>> type) {
        String joined = Stream.of(type.getEnumConstants()).map(Label::of).collect(Collectors.joining(", "));
        int last = joined.lastIndexOf(", ");
        return last < 0 ? joined : joined.substring(0, last) + " or " + joined.substring(last + 2);
    }
}
