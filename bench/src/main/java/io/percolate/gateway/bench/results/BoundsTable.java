package io.percolate.gateway.bench.results;

import java.util.Locale;

/** A table of what must hold and what was seen. */
public final class BoundsTable {
    private final StringBuilder rows = new StringBuilder();
    private boolean within = true;

    /** A count that must be none. */
    public BoundsTable none(String what, long seen) {
        return row(what, "0", Long.toString(seen), seen == 0);
    }

    /** A number that must not exceed its bound. */
    public BoundsTable atMost(String what, double bound, double seen, String unit) {
        return row(what, "<= " + text(bound) + unit, text(seen) + unit, seen <= bound);
    }

    /** Anything else. */
    public BoundsTable row(String what, String bound, String seen, boolean holds) {
        within &= holds;
        rows.append(String.format(Locale.ROOT, "| %s | %s | %s | %s |%n", what, bound, seen, holds ? "pass" : "FAIL"));
        return this;
    }

    /** Whether all rows hold. */
    public boolean isWithin() {
        return within;
    }

    public String markdown() {
        return "| | bound | seen | |\n| --- | --- | --- | --- |\n" + rows;
    }

    private static String text(double number) {
        return String.format(Locale.ROOT, "%.2f", number).replaceAll("\\.?0+$", "");
    }
}
