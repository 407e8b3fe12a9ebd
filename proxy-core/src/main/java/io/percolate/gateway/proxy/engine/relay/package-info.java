/**
 * A relay of HTTP/1.1 requests to servers on this machine, behind a gate that decides over each: small, for a sidecar.
 * Streams both ways with back-pressure, upgrades included; parts of messages stay here.
 */
@NullMarked
package io.percolate.gateway.proxy.engine.relay;

import org.jspecify.annotations.NullMarked;
