package io.percolate.gateway.admin.scaling;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What makes a tier's pods. */
public record Workload(Kind kind, String name) {
    private static final Pattern FORM =
            Pattern.compile("(deployment|statefulset)/([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?)");

    /** Kinds that have the {@code scale} subresource and templates of pods. */
    public enum Kind {
        /** Its pods never return, nor do their disks. */
        DEPLOYMENT,
        /** Its pods return by the same name and with the same disk. */
        STATEFULSET
    }

    /** Of {@code deployment/NAME} or {@code statefulset/NAME}; empty where it is neither. */
    static Optional<Workload> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(new Workload(Kind.valueOf(matcher.group(1).toUpperCase(Locale.ROOT)), matcher.group(2)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + "/" + name;
    }
}
