package io.percolate.gateway.routing.token;

import io.percolate.gateway.routing.config.ConfigReader;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The {@code typ} that tokens may have: explicitly typed ones of other uses (logout, security events) do not pass for
 * access (RFC 8725, section 3.11).
 *
 * @param names in lower case, without {@code application/}, which may be left out (RFC 7515, section 4.1.9)
 * @param absent whether a token may do without
 */
record TokenTypes(Set<String> names, boolean absent) {
    static final TokenTypes DEFAULT = new TokenTypes(Set.of("jwt", "at+jwt"), true);

    private static final String ABSENT = "absent";
    private static final String APPLICATION = "application/";

    TokenTypes {
        names = Set.copyOf(names);
    }

    static TokenTypes read(ConfigReader reader) {
        String key = "GATEWAY_JWT_TYPES";
        List<String> texts = reader.list(
                key,
                List.of("JWT", "at+jwt", ABSENT),
                "typ that tokens may have, with or without application/; absent: a token may have none");
        Set<String> names = new LinkedHashSet<>();
        for (String text : texts) {
            if (!text.equals(ABSENT)) {
                names.add(canonical(text));
            }
        }
        boolean absent = texts.contains(ABSENT);
        if (names.isEmpty() && !absent) {
            reader.problem(key + ": expected at least one type");
        }
        return new TokenTypes(names, absent);
    }

    boolean accepts(@Nullable String type) {
        return type == null ? absent : names.contains(canonical(type));
    }

    private static String canonical(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        return lower.startsWith(APPLICATION) ? lower.substring(APPLICATION.length()) : lower;
    }

    @Override
    public String toString() {
        return names + (absent ? " or none" : "");
    }
}
