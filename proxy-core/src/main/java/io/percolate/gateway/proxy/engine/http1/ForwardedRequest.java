package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The head of a request as a pod shall see it: what passes of the client's, and what the gateway says of its own.
 *
 * <p>The gateway's fields are written last and after all dropping, so that nothing in the client's head, {@code
 * Connection} included, can remove or precede them.
 *
 * @param tenantFields what else the pod is told of the tenant: whole lines, maybe none
 * @param clientAddress of the peer of the connection
 * @param peerTrusted whether that peer's word about the client is believed
 * @param traceHigh upper half of the trace id to begin, where the client sent no valid {@code traceparent}
 */
public record ForwardedRequest(
        RequestHead head,
        TenantId tenant,
        Tier tier,
        long epoch,
        AsciiString tenantFields,
        String podAuthority,
        String requestId,
        String clientAddress,
        boolean peerTrusted,
        boolean authorizationPasses,
        long traceHigh,
        long traceLow,
        long spanId) {

    private static final AsciiString HTTP_1_1 = AsciiString.cached(" HTTP/1.1\r\n");
    private static final AsciiString HOST = AsciiString.cached("Host");
    private static final AsciiString EXPECT_CONTINUE = AsciiString.cached("Expect: 100-continue\r\n");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length: ");
    private static final AsciiString CHUNKED = AsciiString.cached("Transfer-Encoding: chunked\r\n");
    private static final AsciiString TE_TRAILERS = AsciiString.cached("TE: trailers\r\nConnection: TE\r\n");
    private static final AsciiString UPGRADE = AsciiString.cached("Upgrade: websocket\r\nConnection: Upgrade\r\n");
    private static final AsciiString TENANT_ID = AsciiString.cached("X-Tenant-Id");
    private static final AsciiString TENANT_TIER = AsciiString.cached("X-Tenant-Tier");
    private static final AsciiString PLACEMENT_EPOCH = AsciiString.cached("X-Placement-Epoch: ");
    private static final AsciiString REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded: for=");
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final AsciiString TRACEPARENT_BEGUN = AsciiString.cached("traceparent: 00-");
    private static final AsciiString VIA = AsciiString.cached("Via: 1.1 percolate\r\n");

    /** Puts the whole head together, up to and with the empty line. */
    public HeadBytes write(HeadBytes out) {
        HttpHeaders headers = head.headers();
        String traceparent = TraceContext.validTraceparent(headers);
        boolean teTrailers = false;
        out.start().add(head.method().asciiName()).add(' ').add(head.target()).add(HTTP_1_1);
        out.field(HOST, head.host().isEmpty() ? podAuthority : head.host());
        List<AsciiString> named = HeaderRules.connectionNamed(headers);
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = ResponseHead.ascii(field.getKey());
            boolean passes = switch (HeaderRules.requestField(name)) {
                case PASSES -> true;
                case DROPPED, CONNECTION, TRACEPARENT -> false;
                case TRUSTED_ONLY -> peerTrusted && !FORWARDED_FOR.contentEqualsIgnoreCase(name);
                case AUTHORIZATION -> authorizationPasses;
                case TE -> {
                    teTrailers |= headers.containsValue(name, "trailers", true);
                    yield false;
                }
                case TRAILER -> head.framing() == BodyFraming.CHUNKED;
                case TRACESTATE -> traceparent != null;
            };
            if (passes && (named.isEmpty() || !HeaderRules.named(named, name))) {
                out.field(name, field.getValue());
            }
        }
        switch (head.framing()) {
            case NONE, UNTIL_CLOSE -> {}
            case LENGTH -> out.add(CONTENT_LENGTH).decimal(head.contentLength()).crlf();
            case CHUNKED -> out.add(CHUNKED);
        }
        if (head.expectsContinue()) {
            out.add(EXPECT_CONTINUE);
        }
        if (head.isUpgrade()) {
            out.add(UPGRADE);
        } else if (teTrailers) {
            out.add(TE_TRAILERS);
        }
        out.field(TENANT_ID, tenant.toString()).field(TENANT_TIER, tier.name());
        out.add(PLACEMENT_EPOCH).decimal(epoch).crlf().add(tenantFields);
        out.field(REQUEST_ID, requestId);
        if (traceparent == null) {
            out.add(TRACEPARENT_BEGUN)
                    .hex(traceHigh)
                    .hex(traceLow)
                    .add('-')
                    .hex(spanId)
                    .add("-01")
                    .crlf();
        } else {
            out.field(TRACEPARENT, traceparent);
        }
        writeForwarded(out, headers);
        return out.add(VIA).crlf();
    }

    private void writeForwarded(HeadBytes out, HttpHeaders headers) {
        if (!peerTrusted) {
            out.field(FORWARDED_FOR, clientAddress).field(FORWARDED_PROTO, "http");
            out.field(FORWARDED_HOST, head.host());
            return;
        }
        List<String> earlier = headers.getAll(FORWARDED_FOR);
        out.field(FORWARDED_FOR, earlier.isEmpty() ? clientAddress : String.join(", ", earlier) + ", " + clientAddress);
        if (headers.contains("forwarded")) {
            boolean bracketed = clientAddress.indexOf(':') >= 0;
            out.add(FORWARDED)
                    .add(bracketed ? "\"[" + clientAddress + "]\"" : clientAddress)
                    .crlf();
        }
        if (!headers.contains(FORWARDED_PROTO)) {
            out.field(FORWARDED_PROTO, "http");
        }
        if (!headers.contains(FORWARDED_HOST)) {
            out.field(FORWARDED_HOST, head.host());
        }
    }
}
