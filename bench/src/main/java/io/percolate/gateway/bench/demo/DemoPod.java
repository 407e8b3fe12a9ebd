package io.percolate.gateway.bench.demo;

import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;

/** A pod of the demo. */
record DemoPod(String id, Tier tier, URI url) {}
