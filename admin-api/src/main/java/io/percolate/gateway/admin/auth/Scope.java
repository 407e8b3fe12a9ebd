package io.percolate.gateway.admin.auth;

import java.util.Locale;

/** What a token allows; {@link #WRITE} implies {@link #READ}. */
public enum Scope {
    READ,
    WRITE;

    public boolean implies(Scope wanted) {
        return compareTo(wanted) >= 0;
    }

    /** As it stands in {@code WWW-Authenticate}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
