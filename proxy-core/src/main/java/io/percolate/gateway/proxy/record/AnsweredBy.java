package io.percolate.gateway.proxy.record;

/** Who answered a request; a metric label. */
public enum AnsweredBy {
    /** The tenant's pod, at once. */
    POD,
    /** The tenant's pod, after the request was held. */
    POD_AFTER_HOLD,
    /** The tenant's context blob. */
    CONTEXT,
    /** The generator service, from the tenant's context. */
    GENERATOR,
    /** The gateway itself, with a failure. */
    GATEWAY,
    /** Nobody: the client went away first. */
    NOBODY
}
