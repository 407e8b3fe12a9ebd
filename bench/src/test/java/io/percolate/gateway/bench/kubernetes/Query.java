package io.percolate.gateway.bench.kubernetes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a PromQL expression asks for.
 *
 * @param selections each metric that is named, with its matchers
 * @param labels that results are grouped by
 */
record Query(String text, List<Selection> selections, Set<String> labels) {
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|without)\\s*\\(([^)]*)\\)");
    private static final Pattern METRIC =
            Pattern.compile("(?<![\\w:.$\"])([a-zA-Z_:][\\w:]*)(?![\\w:]*\\s*\\()\\s*(\\{[^}]*})?");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern LABEL = Pattern.compile("\\w+");
    private static final Set<String> WORDS = Set.of("and", "or", "unless", "by", "without", "on", "bool", "offset");

    /** A metric, and what its labels have to be. */
    record Selection(String metric, List<Match> matches) {}

    /** One matcher of a label. */
    record Match(String label, String operator, String value) {
        boolean isMetBy(String actual) {
            return operator.endsWith("~") ? actual.matches(value) : actual.equals(value);
        }

        boolean isExclusion() {
            return operator.startsWith("!");
        }
    }

    static Query of(String text) {
        Set<String> labels = new HashSet<>();
        Matcher grouping = GROUPING.matcher(text);
        while (grouping.find()) {
            LABEL.matcher(grouping.group(1)).results().forEach(label -> labels.add(label.group()));
        }
        String rest = grouping.replaceAll(" ").replaceAll("\\[[^]]*]", " ");
        List<Selection> selections = new ArrayList<>();
        METRIC.matcher(rest)
                .results()
                .filter(found -> !WORDS.contains(found.group(1)))
                .forEach(found -> {
                    List<Match> matches = new ArrayList<>();
                    if (found.group(2) != null) {
                        MATCHER.matcher(found.group(2))
                                .results()
                                .forEach(one -> matches.add(new Match(one.group(1), one.group(2), one.group(3))));
                    }
                    selections.add(new Selection(found.group(1), matches));
                });
        return new Query(text, selections, labels);
    }
}
