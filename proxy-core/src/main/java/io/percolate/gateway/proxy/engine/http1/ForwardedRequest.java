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
 * @param origin who sent it, and how it came
 * @param forwardedAlways whether Forwarded is written beside X-Forwarded-* also where no trusted proxy began it
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
        RequestOrigin origin,
        boolean forwardedAlways,
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
    private static final AsciiString FORWARDED_PORT = AsciiString.cached("X-Forwarded-Port");
    private static final AsciiString CLIENT_CERT = AsciiString.cached("Client-Cert");
    private static final AsciiString VIA = AsciiString.cached("Via: 1.1 percolate\r\n");
    private static final AsciiString VIA_HTTP10 = AsciiString.cached("Via: 1.0 percolate\r\n");

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
                case TRUSTED_ONLY -> origin.trusted() && !FORWARDED_FOR.contentEqualsIgnoreCase(name);
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
        if (teTrailers) {
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
        AsciiString certificate = origin.clientCertificate();
        if (certificate != null) {
            out.field(CLIENT_CERT, certificate);
        }
        writeForwarded(out, headers);
        return out.add(head.isHttp10() ? VIA_HTTP10 : VIA).crlf();
    }

    private void writeForwarded(HeadBytes out, HttpHeaders headers) {
        String address = origin.address();
        if (!origin.trusted()) {
            out.field(FORWARDED_FOR, address).field(FORWARDED_PROTO, origin.scheme());
            out.field(FORWARDED_HOST, head.host()).field(FORWARDED_PORT, origin.port(head.host()));
            if (forwardedAlways) {
                addForwarded(out, true);
            }
            return;
        }
        List<String> earlier = headers.getAll(FORWARDED_FOR);
        out.field(FORWARDED_FOR, earlier.isEmpty() ? address : String.join(", ", earlier) + ", " + address);
        boolean begun = headers.contains("forwarded");
        if (begun || forwardedAlways) {
            addForwarded(out, !begun);
        }
        boolean protoTold = headers.contains(FORWARDED_PROTO);
        boolean hostTold = headers.contains(FORWARDED_HOST);
        if (!protoTold) {
            out.field(FORWARDED_PROTO, origin.scheme());
        }
        if (!hostTold) {
            out.field(FORWARDED_HOST, head.host());
        }
        if (!protoTold && !hostTold && !headers.contains(FORWARDED_PORT)) {
            out.field(FORWARDED_PORT, origin.port(head.host()));
        }
    }

    /** The element of this hop (RFC 7239); the client's own host and scheme where no hop before has told them. */
    private void addForwarded(HeadBytes out, boolean first) {
        String address = origin.address();
        out.add(FORWARDED).add(address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address);
        if (first) {
            if (!head.host().isEmpty()) {
                out.add(";host=\"").add(head.host()).add('"');
            }
            out.add(";proto=").add(origin.scheme());
        }
        out.crlf();
    }
}
