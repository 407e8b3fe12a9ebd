package io.percolate.gateway.proxy.sidecar.hook;

import java.util.List;

/** How the application is asked to do one thing. */
public sealed interface Hook {
    /** @param template a URL in which {@code {tenant}} and {@code {epoch}} stand for theirs */
    record Http(String template) implements Hook {}

    /** @param command a program and its arguments; no shell reads them */
    record Exec(List<String> command) implements Hook {
        public Exec {
            command = List.copyOf(command);
        }
    }
}
