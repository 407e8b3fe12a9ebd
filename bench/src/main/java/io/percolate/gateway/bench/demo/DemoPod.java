package io.percolate.gateway.bench.demo;

import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;

/** A pod of the demo, in a process of its own. */
record DemoPod(String id, Tier tier, URI url, ServerProcess process) {}
