package io.percolate.gateway.routing.config;

/** Text that must not be printed: its string form is always redacted. */
public record Secret(String reveal) {
    @Override
    public String toString() {
        return reveal.isEmpty() ? "" : "<redacted>";
    }
}
