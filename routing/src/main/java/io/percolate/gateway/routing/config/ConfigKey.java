package io.percolate.gateway.routing.config;

/**
 * One key of the configuration, as the reference in the docs shows it.
 *
 * @param form what a value looks like: {@code duration}, {@code size}, {@code port}, ...
 * @param defaultText the default as a user would write it; empty when there is none
 */
public record ConfigKey(String name, String form, String defaultText, String description, boolean secret) {}
