package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The head of a pod's answer, checked, and as a client shall see it. */
public final class ResponseHead {
    /** What is said to the client about the connection. */
    public enum Connection {
        /** Nothing: it stays open, as HTTP/1.1 has it. */
        KEPT,
        /** That it stays open, to a client of HTTP/1.0 that asked for it. */
        KEPT_HTTP10,
        CLOSED
    }

    private static final AsciiString HTTP_1_1 = AsciiString.cached("HTTP/1.1 ");
    private static final AsciiString REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString SERVER_TIMING = AsciiString.cached("Server-Timing");
    private static final AsciiString DATE = AsciiString.cached("Date");
    private static final AsciiString VIA = AsciiString.cached("Via: 1.1 percolate\r\n");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length: ");
    private static final AsciiString CHUNKED = AsciiString.cached("Transfer-Encoding: chunked\r\n");
    private static final AsciiString CLOSE = AsciiString.cached("Connection: close\r\n");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("Connection: keep-alive\r\n");

    private final HttpResponse response;
    private final BodyFraming framing;
    private @Nullable String serverTiming;

    private ResponseHead(HttpResponse response, BodyFraming framing) {
        this.response = response;
        this.framing = framing;
    }

    /** The head if it is valid HTTP whose body's end is beyond doubt; else null. */
    public static @Nullable ResponseHead checked(HttpResponse response, HttpMethod method) {
        boolean http10 = response.protocolVersion().equals(HttpVersion.HTTP_1_0);
        int status = response.status().code();
        if (response.decoderResult().isFailure()
                || (!http10 && !response.protocolVersion().equals(HttpVersion.HTTP_1_1))
                || status < 100
                || status > 599
                || status == HttpResponseStatus.SWITCHING_PROTOCOLS.code()
                || HeaderRules.hasTooManyOptions(response.headers())) {
            return null;
        }
        HttpHeaders headers = response.headers();
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (status < 200 || status == 204 || status == 304 || method.equals(HttpMethod.HEAD)) {
            return new ResponseHead(response, BodyFraming.NONE);
        }
        if (!codings.isEmpty()) {
            boolean chunked = codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked");
            return chunked && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                    ? new ResponseHead(response, BodyFraming.CHUNKED)
                    : null;
        }
        return new ResponseHead(
                response,
                headers.contains(HttpHeaderNames.CONTENT_LENGTH) ? BodyFraming.LENGTH : BodyFraming.UNTIL_CLOSE);
    }

    public int status() {
        return response.status().code();
    }

    public BodyFraming framing() {
        return framing;
    }

    /** Whether the pod's connection may be used again after this answer. */
    public boolean isKeepAlive() {
        return framing != BodyFraming.UNTIL_CLOSE
                && !HeaderRules.connectionHas(response.headers(), "close")
                && (response.protocolVersion().equals(HttpVersion.HTTP_1_1)
                        || HeaderRules.connectionHas(response.headers(), "keep-alive"));
    }

    /** Removes from the answer's trailers what concerned one hop only. */
    public void clean(HttpHeaders trailers) {
        HeaderRules.dropNamed(response.headers(), trailers);
    }

    /** Puts together the head of an interim answer, which has no fields of the gateway's own. */
    public HeadBytes writeInterim(HeadBytes out) {
        statusLine(out.start(), status(), reason());
        fields(out, false);
        return out.crlf();
    }

    /** Puts the head together as the client shall see it, with a body framed as told. */
    public HeadBytes write(HeadBytes out, BodyFraming sent, String requestId, Connection connection) {
        statusLine(out.start(), status(), reason());
        fields(out, sent == BodyFraming.CHUNKED);
        switch (sent) {
            case CHUNKED -> out.add(CHUNKED);
            case LENGTH -> length(out);
            case NONE -> {
                if (status() != 204) {
                    length(out);
                }
            }
            case UNTIL_CLOSE -> {}
        }
        if (serverTiming != null) {
            out.field(SERVER_TIMING, serverTiming);
        }
        out.field(REQUEST_ID, requestId).add(VIA);
        return end(out, connection);
    }

    /** Puts together the head of an answer of the gateway itself. */
    public static HeadBytes writeOwn(
            HeadBytes out, int status, Map<String, String> fields, String requestId, Connection connection) {
        statusLine(out.start(), status, HttpResponseStatus.valueOf(status).reasonPhrase());
        fields.forEach(
                (name, value) -> out.add(name).add(':').add(' ').add(value).crlf());
        out.field(DATE, HttpDate.format(Instant.now()))
                .field(REQUEST_ID, requestId)
                .add(VIA);
        return end(out, connection);
    }

    /** Says beside the pod's own fields where the request's time went (W3C Server Timing); ASCII. */
    public void tellTiming(String timing) {
        serverTiming = timing;
    }

    static AsciiString ascii(CharSequence name) {
        return name instanceof AsciiString ascii ? ascii : new AsciiString(name);
    }

    private static void statusLine(HeadBytes out, int status, String reason) {
        out.add(HTTP_1_1).decimal(status).add(' ').add(reason).crlf();
    }

    /** The pod's own words if they are harmless, else the standard's. */
    private String reason() {
        String reason = response.status().reasonPhrase();
        for (int i = 0; i < reason.length(); i++) {
            if (reason.charAt(i) < 0x20 || reason.charAt(i) > 0x7e) {
                return HttpResponseStatus.valueOf(status()).reasonPhrase();
            }
        }
        return reason;
    }

    private void fields(HeadBytes out, boolean trailers) {
        HttpHeaders headers = response.headers();
        List<AsciiString> named = HeaderRules.connectionNamed(headers);
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = ascii(field.getKey());
            boolean passes = switch (HeaderRules.responseField(name)) {
                case PASSES -> true;
                case DROPPED, CONNECTION -> false;
                case TRAILER -> trailers;
            };
            if (passes && (named.isEmpty() || !HeaderRules.named(named, name))) {
                out.field(name, field.getValue());
            }
        }
    }

    private void length(HeadBytes out) {
        String length = response.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null) {
            // The decoder has seen that it is a number; leading zeros are no part of it.
            out.add(CONTENT_LENGTH).decimal(Long.parseLong(length)).crlf();
        }
    }

    private static HeadBytes end(HeadBytes out, Connection connection) {
        switch (connection) {
            case KEPT -> {}
            case KEPT_HTTP10 -> out.add(KEEP_ALIVE);
            case CLOSED -> out.add(CLOSE);
        }
        return out.crlf();
    }
}
