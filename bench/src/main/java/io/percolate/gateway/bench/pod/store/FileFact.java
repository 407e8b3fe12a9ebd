package io.percolate.gateway.bench.pod.store;

/**
 * What two copies of a file have in common.
 *
 * @param sha256 of its bytes, in hexadecimal
 */
public record FileFact(String name, long size, String sha256) {}
