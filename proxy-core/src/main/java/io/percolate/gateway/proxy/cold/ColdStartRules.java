package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who answers a request of a cold tenant: the first rule that matches its method, path and tier; else it is held.
 *
 * <p>A rule reads {@code METHOD[,METHOD] PATH [tier=A[,B]] -> RESPONDER}. {@code *} is any method. A path matches
 * exactly; in it {@code *} stands for one segment and a final {@code /**} for anything below, or nothing. Paths are
 * compared as received, without their query.
 */
public final class ColdStartRules {
    /** Who answers. */
    public enum Responder {
        CONTEXT,
        HOLD,
        REJECT
    }

    static final String DEFAULT_TEXT = "GET,HEAD /** -> context; * /** -> hold";
    private static final int RULES_MAX = 256;
    private static final Pattern RULE = Pattern.compile(
            "(?<methods>\\*|[A-Za-z]+(,[A-Za-z]+)*)\\s+(?<path>/\\S*)(\\s+tier=(?<tiers>[A-Z](,[A-Z])*))?\\s*->\\s*(?<responder>[a-z]+)");

    /** Reads are answered from the context, all else waits. */
    public static final ColdStartRules DEFAULT = parse(DEFAULT_TEXT);

    private record Rule(Set<String> methods, List<String> segments, boolean below, Set<Tier> tiers, Responder to) {
        boolean matches(String method, List<String> path, Tier tier) {
            if ((!methods.isEmpty() && !methods.contains(method)) || !tiers.contains(tier)) {
                return false;
            }
            if (below ? path.size() < segments.size() : path.size() != segments.size()) {
                return false;
            }
            for (int i = 0; i < segments.size(); i++) {
                if (!segments.get(i).equals("*") && !segments.get(i).equals(path.get(i))) {
                    return false;
                }
            }
            return true;
        }
    }

    private final List<Rule> rules;

    private ColdStartRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Parses rules parted by semicolons; throws {@link IllegalArgumentException} that names the one it cannot read. */
    public static ColdStartRules parse(String text) {
        List<Rule> rules = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            if (!part.isBlank()) {
                rules.add(rule(part.strip()));
            }
        }
        if (rules.size() > RULES_MAX) {
            throw new IllegalArgumentException("at most " + RULES_MAX + " rules are read, got " + rules.size());
        }
        return new ColdStartRules(rules);
    }

    /** The responder for a request; {@code target} with or without a query. */
    public Responder responder(String method, String target, Tier tier) {
        int query = target.indexOf('?');
        List<String> path = segments(query < 0 ? target : target.substring(0, query));
        for (Rule rule : rules) {
            if (rule.matches(method, path, tier)) {
                return rule.to();
            }
        }
        return Responder.HOLD;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ColdStartRules those && rules.equals(those.rules);
    }

    @Override
    public int hashCode() {
        return rules.hashCode();
    }

    @Override
    public String toString() {
        return rules.toString();
    }

    private static Rule rule(String text) {
        Matcher matcher = RULE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "expected 'METHOD /path/** [tier=A] -> context|hold|reject', got '" + text + "'");
        }
        String methods = matcher.group("methods");
        String path = matcher.group("path");
        boolean below = path.endsWith("/**");
        List<String> segments = segments(below ? path.substring(0, path.length() - 3) : path);
        if (segments.stream().anyMatch(segment -> segment.contains("**"))) {
            throw new IllegalArgumentException("'**' may only end a path: '" + text + "'");
        }
        return new Rule(
                methods.equals("*")
                        ? Set.of()
                        : Set.of(methods.toUpperCase(Locale.ROOT).split(",")),
                segments,
                below,
                tiers(matcher.group("tiers"), text),
                responder(matcher.group("responder"), text));
    }

    private static Set<Tier> tiers(@Nullable String names, String rule) {
        if (names == null) {
            return EnumSet.allOf(Tier.class);
        }
        Set<Tier> tiers = EnumSet.noneOf(Tier.class);
        for (String name : names.split(",")) {
            tiers.add(Stream.of(Tier.values())
                    .filter(tier -> tier.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no tier '" + name + "' in '" + rule + "'")));
        }
        return tiers;
    }

    private static Responder responder(String name, String rule) {
        return Stream.of(Responder.values())
                .filter(responder -> responder.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "expected context, hold or reject, got '" + name + "' in '" + rule + "'"));
    }

    /** The parts between slashes; a trailing slash makes an empty last one, the root alone makes none. */
    private static List<String> segments(String path) {
        return path.length() <= 1 ? List.of() : List.of(path.substring(1).split("/", -1));
    }
}
