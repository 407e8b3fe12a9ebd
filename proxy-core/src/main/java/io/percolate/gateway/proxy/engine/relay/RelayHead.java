package io.percolate.gateway.proxy.engine.relay;

import io.netty.handler.codec.http.HttpHeaders;

/**
 * The head of a request as it came.
 *
 * @param target as it was sent: in origin form, or any other
 * @param headers those that will be sent on, the gate's to change; hop-by-hop ones are gone already
 */
public record RelayHead(String method, String target, HttpHeaders headers) {}
