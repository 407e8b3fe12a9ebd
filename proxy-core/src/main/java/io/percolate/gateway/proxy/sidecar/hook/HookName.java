package io.percolate.gateway.proxy.sidecar.hook;

import java.util.Locale;

/** What an application may be asked to do, and the HTTP method that asks for it. */
public enum HookName {
    LOAD("POST"),
    EVICT("POST"),
    CONTEXT("GET"),
    EXPORT("GET"),
    IMPORT("PUT"),
    DELETE("DELETE");

    private final String method;

    HookName(String method) {
        this.method = method;
    }

    String method() {
        return method;
    }

    /** As in keys, metrics and the environment of commands. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
