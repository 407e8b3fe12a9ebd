package io.percolate.gateway.routing.replica;

/**
 * How the replicas do, for readiness and for people.
 *
 * @param usable whether each of them may be asked
 */
public record ReplicaStatus(boolean usable, String detail) {}
