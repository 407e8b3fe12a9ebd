package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.proxy.cold.ColdStartRules.Responder;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who answers requests of cold tenants that are like this.
 *
 * @param text as written
 * @param methods none for any
 * @param types of the request's content, {@code type/subtype}, {@code type/*} or {@code type/beginning*}; none for any, or
 *     no content
 * @param otherwise who answers when {@code to} cannot; never {@code GENERATE}
 */
record ColdStartRule(
        String text,
        Set<String> methods,
        PathPattern path,
        Set<Tier> tiers,
        List<String> types,
        Responder to,
        Responder otherwise) {
    static final String FORM =
            "METHOD[,METHOD] /path/** [tier=A[,B]] [type=text/*] -> context|generate|hold|reject [else context|hold|reject]";

    private static final Pattern RULE = Pattern.compile(
            "(?<methods>\\*|[A-Za-z]+(,[A-Za-z]+)*)\\s+(?<path>/\\S*)(?<conditions>(\\s+[a-z]+=\\S+)*)\\s*->\\s*"
                    + "(?<responder>[a-z]+)(\\s+else\\s+(?<otherwise>[a-z]+))?");
    private static final Pattern TYPE =
            Pattern.compile("[a-z0-9][a-z0-9!#$&^_.+-]*/(\\*|[a-z0-9][a-z0-9!#$&^_.+-]*\\*?)");

    /** Throws {@link IllegalArgumentException} that says what is wrong, and with which rule. */
    static ColdStartRule parse(String text) {
        Matcher matcher = RULE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("expected '" + FORM + "', got '" + text + "'");
        }
        try {
            return read(text, matcher);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(wrong.getMessage() + " in '" + text + "'", wrong);
        }
    }

    private static ColdStartRule read(String text, Matcher matcher) {
        @Nullable String tiers = null;
        List<String> types = List.of();
        for (String condition : matcher.group("conditions").strip().split("\\s+")) {
            if (condition.startsWith("tier=") && tiers == null) {
                tiers = condition.substring("tier=".length());
            } else if (condition.startsWith("type=") && types.isEmpty()) {
                types = types(condition.substring("type=".length()));
            } else if (!condition.isEmpty()) {
                throw new IllegalArgumentException("expected tier=... or type=..., each once, got '" + condition + "'");
            }
        }
        Responder to = responder(matcher.group("responder"));
        Optional<Responder> otherwise =
                Optional.ofNullable(matcher.group("otherwise")).map(ColdStartRule::responder);
        if (otherwise.filter(Responder.GENERATE::equals).isPresent()) {
            throw new IllegalArgumentException("'generate' cannot be what else is done");
        }
        if (otherwise.isPresent() && to != Responder.GENERATE && to != Responder.CONTEXT) {
            throw new IllegalArgumentException("'else' goes with generate and context only");
        }
        if (otherwise.filter(to::equals).isPresent()) {
            throw new IllegalArgumentException("'else' names the same responder");
        }
        String methods = matcher.group("methods");
        return new ColdStartRule(
                text,
                methods.equals("*")
                        ? Set.of()
                        : Set.of(Stream.of(methods.toUpperCase(Locale.ROOT).split(","))
                                .distinct()
                                .toArray(String[]::new)),
                PathPattern.parse(matcher.group("path")),
                tiers(tiers),
                types,
                to,
                otherwise.orElse(Responder.HOLD));
    }

    boolean matches(String method, List<String> segments, Tier tier, @Nullable String contentType) {
        return (methods.isEmpty() || methods.contains(method))
                && tiers.contains(tier)
                && path.matches(segments)
                && (types.isEmpty() || (contentType != null && isOfTypes(contentType)));
    }

    /** Whether it leaves nothing to the other, which stands behind it. */
    boolean covers(ColdStartRule other) {
        return (methods.isEmpty() || (!other.methods.isEmpty() && methods.containsAll(other.methods)))
                && tiers.containsAll(other.tiers)
                && (types.isEmpty()
                        || (!other.types.isEmpty() && other.types.stream().allMatch(this::takes)))
                && path.covers(other.path);
    }

    private boolean isOfTypes(String contentType) {
        int parameters = contentType.indexOf(';');
        String type = (parameters < 0 ? contentType : contentType.substring(0, parameters))
                .strip()
                .toLowerCase(Locale.ROOT);
        return takes(type);
    }

    /** Whether one of its types is this one, or whatever it stands for. */
    private boolean takes(String type) {
        return types.stream()
                .anyMatch(accepted -> accepted.endsWith("*")
                        ? type.startsWith(accepted.substring(0, accepted.length() - 1))
                        : type.equals(accepted));
    }

    private static List<String> types(String text) {
        List<String> types = new ArrayList<>();
        for (String type : text.toLowerCase(Locale.ROOT).split(",", -1)) {
            if (!TYPE.matcher(type).matches()) {
                throw new IllegalArgumentException("no content type '" + type + "'");
            }
            types.add(type);
        }
        return List.copyOf(types);
    }

    private static Set<Tier> tiers(@Nullable String names) {
        if (names == null) {
            return EnumSet.allOf(Tier.class);
        }
        Set<Tier> tiers = EnumSet.noneOf(Tier.class);
        for (String name : names.split(",", -1)) {
            tiers.add(Stream.of(Tier.values())
                    .filter(tier -> tier.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no tier '" + name + "'")));
        }
        return tiers;
    }

    private static Responder responder(String name) {
        return Stream.of(Responder.values())
                .filter(responder -> responder.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("expected context, generate, hold or reject, got '" + name + "'"));
    }
}
