package io.percolate.gateway.routing.failure;

/**
 * Why a request was not answered by a pod; closed, and also the metric label and the {@code type} of the problem JSON.
 */
public enum FailureKind {
    // The request itself.
    REQUEST_MALFORMED,
    REQUEST_HEADERS_TOO_LARGE,
    REQUEST_TARGET_TOO_LONG,
    REQUEST_BODY_TOO_LARGE,
    REQUEST_TIMEOUT,
    /** The client's own deadline has passed. */
    REQUEST_DEADLINE_EXCEEDED,
    REQUEST_UNSUPPORTED,
    WEBSOCKET_VERSION_UNSUPPORTED,
    /** A page that may not open WebSockets. */
    ORIGIN_REFUSED,
    /** It is for another host or scheme than this connection is good for. */
    REQUEST_MISDIRECTED,
    /** The path is the fleet's own, between gateways and pods. */
    REQUEST_PATH_RESERVED,
    RANGE_NOT_SATISFIABLE,

    // Who sends it.
    TOKEN_MISSING,
    TOKEN_MALFORMED,
    TOKEN_ALGORITHM_REFUSED,
    TOKEN_KEY_UNKNOWN,
    TOKEN_SIGNATURE_INVALID,
    TOKEN_EXPIRED,
    TOKEN_NOT_YET_VALID,
    TOKEN_ISSUER_REFUSED,
    TOKEN_AUDIENCE_REFUSED,
    TOKEN_TENANT_INVALID,
    TOKEN_REVOKED,
    KEYS_UNAVAILABLE,

    // Whom it is for.
    TENANT_UNKNOWN,
    TENANT_SUSPENDED,
    TENANT_DELETED,
    DIRECTORY_UNAVAILABLE,
    /** The key that is to say which shard is meant cannot be one. */
    SHARD_KEY_INVALID,
    /** No shard, or none of its pods, can take the request. */
    SHARD_UNAVAILABLE,
    /** The region that serves the tenant cannot be reached from this one. */
    REGION_UNAVAILABLE,
    /** Another region's gateway passed the request on to one that does not serve the tenant either. */
    REGION_DISPUTED,

    // What it may use, by its tier and plan.
    TENANT_RATE_EXCEEDED,
    TENANT_CONCURRENCY_EXCEEDED,
    /** Too many new connections of the tenant's. */
    TENANT_CONNECTION_RATE_EXCEEDED,
    /** The month's requests are spent, and it has to wait. */
    TENANT_MONTH_SPENT,
    /** They are spent, and it has to pay. */
    TENANT_MONTH_UNPAID,
    /** They are spent, and it may not. */
    TENANT_MONTH_FORBIDDEN,

    // A cold tenant.
    CONTEXT_ABSENT,
    CONTEXT_UNREADABLE,
    CONTEXT_TOO_LARGE,
    CONTEXT_STORE_UNAVAILABLE,
    /** The generator service refuses, is away, or says what cannot be read. */
    GENERATOR_UNAVAILABLE,
    GENERATOR_TIMEOUT,
    WAKE_FAILED,
    WAKE_NO_CAPACITY,
    /** No pod has room, and the cluster says why there will be none. */
    WAKE_SCALE_REFUSED,
    WAKE_POD_REFUSED,
    WAKE_TIMEOUT,
    /** The tenant is being woken and by rule its requests do not wait for it. */
    WAKE_IN_PROGRESS,
    HOLD_FULL,
    HOLD_TIMEOUT,

    // The pod.
    POD_CONNECT_REFUSED,
    POD_CONNECT_TIMEOUT,
    /** No secure connection came about: the pod's certificate, its name, ours, or the protocol. */
    POD_TLS_FAILED,
    POD_CONNECTIONS_EXHAUSTED,
    POD_RESPONSE_TIMEOUT,
    POD_RESPONSE_INVALID,
    POD_CLOSED,
    POD_MISDIRECTED,
    /** It has failed so often that it is left alone for a while. */
    POD_EJECTED,

    // The gateway.
    OVERLOADED,
    DRAINING,
    /** As many WebSockets are open as may be. */
    WEBSOCKETS_EXHAUSTED,
    /** As many of the tenant's are. */
    TENANT_WEBSOCKETS_EXHAUSTED,
    /** A fault that was asked for, to see how a client takes it. */
    FAULT_INJECTED,
    INTERNAL
}
