package io.percolate.gateway.routing.redis;

/**
 * How Redis is, for people and readiness.
 *
 * @param up whether it is asked
 * @param detail in words
 */
public record RedisStatus(boolean up, String detail) {}
