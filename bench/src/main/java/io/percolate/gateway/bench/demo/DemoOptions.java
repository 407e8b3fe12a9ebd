package io.percolate.gateway.bench.demo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the user asked for.
 *
 * @param port of the edge; 0 takes the usual one, or any
 * @param json where to describe the running demo for scripts; null for nowhere
 */
record DemoOptions(int port, int gateways, @Nullable Path json) {}
