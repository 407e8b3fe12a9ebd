package io.percolate.gateway.proxy.cold;

import io.percolate.gateway.routing.tenant.Tier;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who answers a request of a cold tenant: the first rule that matches its method, path, tier and content type; else it is
 * held. What a rule looks like: {@link ColdStartRule#FORM}, {@code *} being any method.
 */
public final class ColdStartRules {
    /** Who answers. */
    public enum Responder {
        CONTEXT,
        GENERATE,
        HOLD,
        REJECT
    }

    /**
     * Who answers a request.
     *
     * @param otherwise when the responder cannot
     * @param number of the rule that says so, from 1; 0 where none matches
     * @param rule as written
     */
    public record Choice(Responder responder, Responder otherwise, int number, String rule) {
        /**
         * The same for who wants to talk to the tenant's pod, by a WebSocket or gRPC: nothing could be made of a context
         * there.
         *
         * @param answerable whether it can be told what a generator says
         */
        public Choice forTalk(boolean answerable) {
            return new Choice(forTalk(responder, answerable), forTalk(otherwise, answerable), number, rule);
        }

        private static Responder forTalk(Responder meant, boolean answerable) {
            return switch (meant) {
                case CONTEXT -> Responder.HOLD;
                case GENERATE -> answerable ? Responder.GENERATE : Responder.HOLD;
                case HOLD, REJECT -> meant;
            };
        }
    }

    static final String DEFAULT_TEXT = "GET,HEAD /** -> context; * /** -> hold";
    private static final int RULES_MAX = 256;
    private static final Choice NONE = new Choice(Responder.HOLD, Responder.HOLD, 0, "no rule matches");

    /** Reads are answered from the context, all else waits. */
    public static final ColdStartRules DEFAULT = parse(DEFAULT_TEXT);

    private final List<ColdStartRule> rules;

    private ColdStartRules(List<ColdStartRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /** Parses rules parted by semicolons; throws {@link IllegalArgumentException} that names every one that is wrong. */
    public static ColdStartRules parse(String text) {
        List<ColdStartRule> rules = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            if (!part.isBlank()) {
                try {
                    rules.add(ColdStartRule.parse(part.strip()));
                } catch (IllegalArgumentException wrong) {
                    problems.add(String.valueOf(wrong.getMessage()));
                }
            }
        }
        if (rules.size() > RULES_MAX) {
            throw new IllegalArgumentException("at most " + RULES_MAX + " rules are read, got " + rules.size());
        }
        shadowed(rules, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new ColdStartRules(rules);
    }

    /** A rule that another hides is a mistake that nobody would notice. */
    private static void shadowed(List<ColdStartRule> rules, List<String> problems) {
        for (int later = 1; later < rules.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (rules.get(earlier).covers(rules.get(later))) {
                    problems.add("'" + rules.get(later).text() + "' never fires, since '"
                            + rules.get(earlier).text() + "' stands before it");
                    break;
                }
            }
        }
    }

    /** The responder for a request without content; {@code target} with or without a query. */
    public Responder responder(String method, String target, Tier tier) {
        return choose(method, target, tier, null).responder();
    }

    /** Who answers a request, and by which rule; {@code target} with or without a query. */
    public Choice choose(String method, String target, Tier tier, @Nullable String contentType) {
        int query = target.indexOf('?');
        List<String> path = PathPattern.segments(query < 0 ? target : target.substring(0, query));
        for (int i = 0; i < rules.size(); i++) {
            ColdStartRule rule = rules.get(i);
            if (rule.matches(method, path, tier, contentType)) {
                return new Choice(rule.to(), rule.otherwise(), i + 1, rule.text());
            }
        }
        return NONE;
    }

    /** Whether any rule needs the generator. */
    boolean generates() {
        return rules.stream().anyMatch(rule -> rule.to() == Responder.GENERATE);
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
        return String.join("; ", rules.stream().map(ColdStartRule::text).toList());
    }
}
