/** PostgreSQL's clients as processes of their own: pods, gateways, movers and management, started, killed and cut off. */
@NullMarked
package io.percolate.gateway.bench.handoff.fleet;

import org.jspecify.annotations.NullMarked;
