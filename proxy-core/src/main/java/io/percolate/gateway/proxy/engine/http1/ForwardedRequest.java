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
 * @param epoch 0 where the tenant is not assigned to whom this goes to
 * @param tenantFields what else the pod is told of the tenant, maybe nothing
 * @param origin who sent it, and how it came
 * @param forwardedAlways whether Forwarded is written beside X-Forwarded-* also where no trusted proxy began it
 * @param callTimeout what is left of the time that a gRPC call may take; null when its client set no bound
 * @param timeoutHeader in which pods are told what is left of the request's time; clients' own stays behind
 * @param timeoutMillis what is left; -1 when nothing bounds it, or gRPC tells it
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
        RequestOrigin origin,
        boolean forwardedAlways,
        boolean authorizationPasses,
        long traceHigh,
        long traceLow,
        long spanId,
        @Nullable String callTimeout,
        @Nullable AsciiString timeoutHeader,
        long timeoutMillis) {

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
    private static final FixedFields TE_TRAILERS_ALONE = FixedFields.of("TE", "trailers");
    private static final AsciiString TENANT_ID = AsciiString.cached("X-Tenant-Id");
    private static final AsciiString TENANT_TIER = AsciiString.cached("X-Tenant-Tier");
    private static final AsciiString PLACEMENT_EPOCH = AsciiString.cached("X-Placement-Epoch");
    private static final AsciiString CALL_TIMEOUT = AsciiString.cached("grpc-timeout");
    private static final AsciiString REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    private static final AsciiString FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final AsciiString FORWARDED_PORT = AsciiString.cached("X-Forwarded-Port");
    private static final AsciiString CLIENT_CERT = AsciiString.cached("Client-Cert");
    private static final FixedFields VIA = FixedFields.of("Via", "1.1 percolate");
    private static final FixedFields VIA_HTTP2 = FixedFields.of("Via", "2.0 percolate");
    private static final FixedFields VIA_HTTP10 = FixedFields.of("Via", "1.0 percolate");

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

    /** Writes all fields for HTTP/2, whose framing tells more than these do. */
    public void writeBlock(HeadForm out) {
        String traceparent = TraceContext.validTraceparent(head.headers());
        boolean teTrailers = writePassing(out, traceparent != null);
        if (head.framing() == BodyFraming.LENGTH) {
            out.field(CONTENT_LENGTH, head.contentLength());
        }
        if (head.expectsContinue()) {
            out.fields(EXPECT_CONTINUE);
        }
        if (teTrailers) {
            out.fields(TE_TRAILERS_ALONE);
        }
        writeOwn(out, traceparent);
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
                case PASSES -> timeoutHeader == null || !HeaderRules.isSame(name, timeoutHeader);
                case DROPPED, CONNECTION, TRACEPARENT -> false;
                case TRUSTED_ONLY -> origin.trusted() && !FORWARDED_FOR.contentEqualsIgnoreCase(name);
                case AUTHORIZATION -> authorizationPasses;
                case TE -> {
                    teTrailers |= headers.containsValue(name, "trailers", true);
                    yield false;
                }
                case TRAILER -> head.framing() == BodyFraming.CHUNKED;
                case TRACESTATE -> tracePasses;
                case CALL_TIMEOUT -> callTimeout == null;
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
        if (epoch > 0) {
            out.field(PLACEMENT_EPOCH, epoch);
        }
        out.fields(tenantFields);
        if (callTimeout != null) {
            out.field(CALL_TIMEOUT, callTimeout);
        }
        if (timeoutHeader != null && timeoutMillis >= 0) {
            out.field(timeoutHeader, timeoutMillis);
        }
        out.field(REQUEST_ID, requestId);
        if (traceparent == null) {
            out.traceparent(traceHigh, traceLow, spanId);
        } else {
            out.field(TRACEPARENT, traceparent);
        }
        AsciiString certificate = origin.clientCertificate();
        if (certificate != null) {
            out.field(CLIENT_CERT, certificate);
        }
        writeForwarded(out);
        out.fields(head.isHttp2() ? VIA_HTTP2 : head.isHttp10() ? VIA_HTTP10 : VIA);
    }

    private void writeForwarded(HeadForm out) {
        HttpHeaders headers = head.headers();
        String address = origin.address();
        if (!origin.trusted()) {
            out.field(FORWARDED_FOR, address);
            out.field(FORWARDED_PROTO, origin.scheme());
            out.field(FORWARDED_HOST, head.host());
            out.field(FORWARDED_PORT, origin.port(head.host()));
            if (forwardedAlways) {
                out.field(FORWARDED, forwarded(true));
            }
            return;
        }
        List<String> earlier = headers.getAll(FORWARDED_FOR);
        out.field(FORWARDED_FOR, earlier.isEmpty() ? address : String.join(", ", earlier) + ", " + address);
        boolean begun = headers.contains("forwarded");
        if (begun || forwardedAlways) {
            out.field(FORWARDED, forwarded(!begun));
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

    /** The element of this hop (RFC 7239); with the client's own host and scheme where no hop before has told them. */
    private String forwarded(boolean first) {
        String address = origin.address();
        String from = "for=" + (address.indexOf(':') >= 0 ? "\"[" + address + "]\"" : address);
        if (!first) {
            return from;
        }
        return from + (head.host().isEmpty() ? "" : ";host=\"" + head.host() + '"') + ";proto=" + origin.scheme();
    }
}
