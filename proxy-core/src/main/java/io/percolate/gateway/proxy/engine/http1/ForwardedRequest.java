package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as a pod shall see it: what passes of the client's, and what the gateway says of its own.
 *
 * <p>The gateway's fields are written last and after all dropping, so that nothing in the client's head, {@code
 * Connection} included, can remove or precede them.
 *
 * @param tenantFields what else the pod is told of the tenant, maybe nothing
 * @param clientAddress of the peer of the connection
 * @param peerTrusted whether that peer's word about the client is believed
 * @param traceHigh upper half of the trace id to begin, where the client sent no valid {@code traceparent}
 */
public record ForwardedRequest(
        RequestHead head,
        TenantId tenant,
        Tier tier,
        long epoch,
        FixedFields tenantFields,
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
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
    private static final FixedFields EXPECT_CONTINUE = FixedFields.of("Expect", "100-continue");
    private static final FixedFields CHUNKED = FixedFields.of("Transfer-Encoding", "chunked");
    private static final FixedFields TE_TRAILERS = new FixedFields.Builder()
            .add("TE", "trailers")
            .add("Connection", "TE")
            .build();
    private static final FixedFields UPGRADE = new FixedFields.Builder()
            .add("Upgrade", "websocket")
            .add("Connection", "Upgrade")
            .build();
    private static final AsciiString TENANT_ID = AsciiString.cached("X-Tenant-Id");
    private static final AsciiString TENANT_TIER = AsciiString.cached("X-Tenant-Tier");
    private static final AsciiString PLACEMENT_EPOCH = AsciiString.cached("X-Placement-Epoch");
    private static final AsciiString REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final FixedFields VIA = FixedFields.of("Via", "1.1 percolate");
    private static final FixedFields VIA_HTTP2 = FixedFields.of("Via", "2.0 percolate");

    /** Puts the whole head together for HTTP/1.1, up to and with the empty line. */
    public HeadBytes write(HeadBytes out) {
        out.start().add(head.method().asciiName()).add(' ').add(head.target()).add(HTTP_1_1);
        out.field(HOST, authority());
        String traceparent = TraceContext.validTraceparent(head.headers());
        boolean teTrailers = writePassing(out, traceparent != null);
        switch (head.framing()) {
            case NONE, UNTIL_CLOSE -> {}
            case LENGTH -> out.field(CONTENT_LENGTH, head.contentLength());
            case CHUNKED -> out.fields(CHUNKED);
        }
        if (head.expectsContinue()) {
            out.fields(EXPECT_CONTINUE);
        }
        if (head.isUpgrade()) {
            out.fields(UPGRADE);
        } else if (teTrailers) {
            out.fields(TE_TRAILERS);
        }
        writeOwn(out, traceparent);
        return out.crlf();
    }

    /** The host that the request is for, with its port if one was named. */
    public String authority() {
        return head.host().isEmpty() ? podAuthority : head.host();
    }

    /** Writes what passes of the client's fields; tells whether they say that trailers are understood. */
    private boolean writePassing(HeadForm out, boolean tracePasses) {
        HttpHeaders headers = head.headers();
        boolean teTrailers = false;
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
                case TRACESTATE -> tracePasses;
            };
            if (passes && (named.isEmpty() || !HeaderRules.named(named, name))) {
                out.field(name, field.getValue());
            }
        }
        return teTrailers;
    }

    private void writeOwn(HeadForm out, @Nullable String traceparent) {
        out.field(TENANT_ID, tenant.toString());
        out.field(TENANT_TIER, tier.name());
        out.field(PLACEMENT_EPOCH, epoch);
        out.fields(tenantFields);
        out.field(REQUEST_ID, requestId);
        if (traceparent == null) {
            out.traceparent(traceHigh, traceLow, spanId);
        } else {
            out.field(TRACEPARENT, traceparent);
        }
        writeForwarded(out);
        out.fields(head.isHttp2() ? VIA_HTTP2 : VIA);
    }

    private void writeForwarded(HeadForm out) {
        HttpHeaders headers = head.headers();
        if (!peerTrusted) {
            out.field(FORWARDED_FOR, clientAddress);
            out.field(FORWARDED_PROTO, "http");
            out.field(FORWARDED_HOST, head.host());
            return;
        }
        List<String> earlier = headers.getAll(FORWARDED_FOR);
        out.field(FORWARDED_FOR, earlier.isEmpty() ? clientAddress : String.join(", ", earlier) + ", " + clientAddress);
        if (headers.contains("forwarded")) {
            boolean bracketed = clientAddress.indexOf(':') >= 0;
            out.field(FORWARDED, "for=" + (bracketed ? "\"[" + clientAddress + "]\"" : clientAddress));
        }
        if (!headers.contains(FORWARDED_PROTO)) {
            out.field(FORWARDED_PROTO, "http");
        }
        if (!headers.contains(FORWARDED_HOST)) {
            out.field(FORWARDED_HOST, head.host());
        }
    }
}
