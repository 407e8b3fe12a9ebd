package io.percolate.gateway.admin.auth;

/** The holder of an admin token. */
public record Principal(String name, Scope scope) {}
