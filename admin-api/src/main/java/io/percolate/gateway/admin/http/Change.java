package io.percolate.gateway.admin.http;

import org.jspecify.annotations.Nullable;

/** What a merge patch (RFC 7396) says of one member: nothing, null, or a value. */
public sealed interface Change<T> {
    /** The member is absent: as it was. */
    record Keep<T>() implements Change<T> {}

    /** The member is null: to nothing. */
    record Clear<T>() implements Change<T> {}

    record Put<T>(T value) implements Change<T> {}

    /** The value after the change. */
    default @Nullable T of(@Nullable T current) {
        return switch (this) {
            case Keep<T> _ -> current;
            case Clear<T> _ -> null;
            case Put<T>(T value) -> value;
        };
    }
}
