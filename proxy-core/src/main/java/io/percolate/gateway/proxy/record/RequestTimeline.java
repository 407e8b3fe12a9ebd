package io.percolate.gateway.proxy.record;

import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.percolate.gateway.routing.token.VerifiedToken;
import org.jspecify.annotations.Nullable;

/**
 * One request from its first byte to the end of its answer. Filled in by the request's own event loop and handed to the
 * observer there, once, when all is over; not safe for use by other threads, nor after that call.
 *
 * <p>Instants are {@link System#nanoTime()}; 0 means that the request never got that far.
 */
public final class RequestTimeline {
    public long startedNanos;
    public long authenticatedNanos;
    public long resolvedNanos;
    public long forwardedNanos;
    public long firstByteNanos;
    public long completedNanos;

    public String method = "";
    /** As received, query included; the access log cuts the query off unless told otherwise. */
    public String target = "";

    public String protocol = "HTTP/1.1";
    public String requestId = "";
    public String clientAddress = "";
    public @Nullable TenantId tenant;
    /** Whose right to the answer is looked at again while it goes on for long. */
    public @Nullable VerifiedToken token;

    public @Nullable Tier tier;
    public @Nullable PodId pod;
    /** Where a held request's time went, as its answer tells the client; null when it was not held. */
    public @Nullable String serverTiming;

    /** How often it was sent to a pod, or tried to. */
    public int tries;

    /** How long it may take in all, in nanoseconds; 0 when nothing bounds that. */
    public long deadlineNanos;

    /** Status sent to the client; 0 when none was. */
    public int status;

    public AnsweredBy answeredBy = AnsweredBy.NOBODY;
    public @Nullable FailureKind failure;
    public long requestBodyBytes;
    public long responseBodyBytes;
    /** How it ended, where it became a WebSocket, whose bytes are then those of its frames both ways. */
    public @Nullable WebSocketEnd webSocketEnd;

    /** What that WebSocket was closed with; 0 for requests that did not become one. */
    public int closeCode;

    /** Whether the answer reached its proper end on the wire. */
    public boolean complete;
}
