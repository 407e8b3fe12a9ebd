package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpResponse;
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

    /** A length of so many digits fits into 64 bits. */
    private static final int LENGTH_DIGITS_MAX = 18;

    private static final AsciiString HTTP_1_1 = AsciiString.cached("HTTP/1.1 ");
    private static final AsciiString REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString SERVER_TIMING = AsciiString.cached("Server-Timing");
    private static final AsciiString DATE = AsciiString.cached("Date");
    private static final FixedFields VIA = FixedFields.of("Via", "1.1 percolate");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
    private static final FixedFields CHUNKED = FixedFields.of("Transfer-Encoding", "chunked");
    private static final FixedFields CLOSE = FixedFields.of("Connection", "close");
    private static final FixedFields KEEP_ALIVE = FixedFields.of("Connection", "keep-alive");
    private static final FixedFields UPGRADE = new FixedFields.Builder()
            .add("Upgrade", "websocket")
            .add("Connection", "Upgrade")
            .build();
    private static final String EVENT_STREAM = "text/event-stream";
    private static final List<String> STREAMS = List.of(
            "text/event-stream",
            "application/grpc",
            "application/x-ndjson",
            "application/jsonl",
            "application/stream+json",
            "multipart/x-mixed-replace");

    private static final AsciiString PROTOCOL = AsciiString.cached("Sec-WebSocket-Protocol");

    private final HttpResponse response;
    private final BodyFraming framing;
    private final long contentLength;
    private final boolean ended;
    private @Nullable String serverTiming;
    private Map<String, String> limits = Map.of();

    private ResponseHead(HttpResponse response, BodyFraming framing) {
        this(response, framing, 0, false);
    }

    private ResponseHead(HttpResponse response, BodyFraming framing, long contentLength, boolean ended) {
        this.response = response;
        this.framing = framing;
        this.contentLength = contentLength;
        this.ended = ended;
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

    /** The head of an answer that switches protocols, where one was asked to; null when it is not valid HTTP. */
    public static @Nullable ResponseHead switching(HttpResponse response) {
        return response.decoderResult().isFailure()
                        || !response.protocolVersion().equals(HttpVersion.HTTP_1_1)
                        || HeaderRules.hasTooManyOptions(response.headers())
                ? null
                : new ResponseHead(response, BodyFraming.NONE);
    }

    /**
     * The head of an answer in HTTP/2 whose fields are well-formed, if it makes sense; else null.
     *
     * @param ended whether nothing follows it
     */
    public static @Nullable ResponseHead ofBlock(int status, HttpHeaders fields, HttpMethod method, boolean ended) {
        if (status < 100 || status > 599 || status == HttpResponseStatus.SWITCHING_PROTOCOLS.code()) {
            return null;
        }
        List<String> lengths = fields.getAll(HttpHeaderNames.CONTENT_LENGTH);
        long length = lengths.isEmpty() ? 0 : parseLength(lengths);
        boolean empty = status < 200 || status == 204 || status == 304 || method.equals(HttpMethod.HEAD);
        if (length < 0 || (ended && length > 0 && !empty)) {
            return null;
        }
        if (ended && !empty && lengths.isEmpty()) {
            // In HTTP/1.1 no length would mean that a body follows.
            fields.set(HttpHeaderNames.CONTENT_LENGTH, "0");
        }
        BodyFraming framing =
                empty ? BodyFraming.NONE : ended || !lengths.isEmpty() ? BodyFraming.LENGTH : BodyFraming.CHUNKED;
        HttpResponse response =
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), fields);
        return new ResponseHead(response, framing, length, ended);
    }

    /** A number of bytes that fits; -1 when there is another value, or several. */
    private static long parseLength(List<String> values) {
        String value = values.getFirst();
        boolean digits = !value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '9');
        if (values.size() > 1 || !digits || value.length() > LENGTH_DIGITS_MAX) {
            return -1;
        }
        return Long.parseLong(value);
    }

    /** An interim answer of the gateway's own, which says where the request's time goes (RFC 8297); ASCII. */
    public static ResponseHead earlyHints(String timing) {
        HttpHeaders fields = DefaultHttpHeadersFactory.headersFactory().newHeaders();
        fields.set(SERVER_TIMING, timing);
        return new ResponseHead(
                new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.EARLY_HINTS, fields),
                BodyFraming.NONE);
    }

    public int status() {
        return response.status().code();
    }

    public @Nullable String contentType() {
        return response.headers().get(HttpHeaderNames.CONTENT_TYPE);
    }

    /** Whether an answer of this type is one that goes on for as long as its ends like. */
    public static boolean isStream(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        for (String type : STREAMS) {
            if (contentType.regionMatches(true, 0, type, 0, type.length())) {
                return true;
            }
        }
        return false;
    }

    public BodyFraming framing() {
        return framing;
    }

    /** Bytes of the body of an answer in HTTP/2 where {@link BodyFraming#LENGTH}. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the pod ended an answer in HTTP/2 with its head: what gRPC calls trailers-only. */
    public boolean isEnded() {
        return ended;
    }

    /** Whether it is a stream of events (HTML, "Server-sent events"), which a client takes up again by itself. */
    public boolean isEventStream() {
        String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE);
        return type != null
                && framing != BodyFraming.LENGTH
                && framing != BodyFraming.NONE
                && type.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
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
        writePassing(out, false);
        return out.crlf();
    }

    /** The fields of an interim answer, for a client of another version. */
    public void writeInterimFields(HeadForm out) {
        writePassing(out, false);
    }

    /** The head's fields as the client shall see them, for a version that needs none for the framing. */
    public void writeFields(HeadForm out, BodyFraming sent, String requestId) {
        writePassing(out, sent == BodyFraming.CHUNKED);
        if (sent == BodyFraming.LENGTH || (sent == BodyFraming.NONE && status() != 204)) {
            writeLength(out);
        }
        writeOwn(out, requestId);
    }

    /** The fields of an answer of the gateway itself, for a version that needs none for the framing. */
    public static void writeOwnFields(HeadForm out, Map<String, String> fields, String requestId) {
        fields.forEach((name, value) -> {
            AsciiString ascii = AsciiString.of(name);
            if (!HttpHeaderNames.UPGRADE.contentEqualsIgnoreCase(ascii)
                    && !HttpHeaderNames.CONNECTION.contentEqualsIgnoreCase(ascii)) {
                out.field(ascii, value);
            }
        });
        out.field(DATE, HttpDate.format(Instant.now()));
        writeOwn(out, requestId);
    }

    /** Puts the head together as the client shall see it, with a body framed as told. */
    public HeadBytes write(HeadBytes out, BodyFraming sent, String requestId, Connection connection) {
        statusLine(out.start(), status(), reason());
        writePassing(out, sent == BodyFraming.CHUNKED);
        switch (sent) {
            case CHUNKED -> out.fields(CHUNKED);
            case LENGTH -> writeLength(out);
            case NONE -> {
                if (status() != 204) {
                    writeLength(out);
                }
            }
            case UNTIL_CLOSE -> {}
        }
        writeOwn(out, requestId);
        return end(out, connection);
    }

    /**
     * Puts together the head of an answer that switches to the protocol of WebSockets.
     *
     * @param protocol to be selected beyond what the pod says; null for none
     */
    public HeadBytes writeSwitching(HeadBytes out, String requestId, @Nullable String protocol) {
        statusLine(out.start(), status(), reason());
        writePassing(out, false);
        if (protocol != null) {
            out.field(PROTOCOL, protocol);
        }
        out.fields(UPGRADE);
        writeOwn(out, requestId);
        return out.crlf();
    }

    /**
     * The fields of an answer that opens a WebSocket on a stream of HTTP/2, which has no use for the proof of the key (RFC
     * 8441, section 5).
     *
     * @param protocol to be selected beyond what the pod says; null for none
     */
    public void writeConnectedFields(HeadForm out, String requestId, @Nullable String protocol) {
        writePassing(out, false, false);
        if (protocol != null) {
            out.field(PROTOCOL, protocol);
        }
        writeOwn(out, requestId);
    }

    /** Puts together the head of an answer of the gateway itself. */
    public static HeadBytes writeOwn(
            HeadBytes out, int status, Map<String, String> fields, String requestId, Connection connection) {
        statusLine(out.start(), status, HttpResponseStatus.valueOf(status).reasonPhrase());
        fields.forEach(
                (name, value) -> out.add(name).add(':').add(' ').add(value).crlf());
        out.field(DATE, HttpDate.format(Instant.now()));
        writeOwn(out, requestId);
        return end(out, connection);
    }

    /** Says beside the pod's own fields where the request's time went (W3C Server Timing); ASCII. */
    public void tellTiming(String timing) {
        serverTiming = timing;
    }

    /** Says beside the pod's own fields what its client's tenant may use; ASCII. */
    public void tellLimits(Map<String, String> fields) {
        limits = fields;
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

    private void writePassing(HeadForm out, boolean trailers) {
        writePassing(out, trailers, true);
    }

    /** Writes what passes of the pod's fields, without its length. */
    private void writePassing(HeadForm out, boolean trailers, boolean keyProof) {
        HttpHeaders headers = response.headers();
        List<AsciiString> named = HeaderRules.connectionNamed(headers);
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = ascii(field.getKey());
            boolean passes = switch (HeaderRules.responseField(name)) {
                case PASSES -> keyProof || !HttpHeaderNames.SEC_WEBSOCKET_ACCEPT.contentEqualsIgnoreCase(name);
                case DROPPED, CONNECTION -> false;
                case TRAILER -> trailers;
            };
            if (passes && (named.isEmpty() || !HeaderRules.named(named, name))) {
                out.field(name, field.getValue());
            }
        }
        if (serverTiming != null) {
            out.field(SERVER_TIMING, serverTiming);
        }
        if (!limits.isEmpty()) {
            limits.forEach((name, value) -> out.field(AsciiString.of(name), value));
        }
    }

    private static void writeOwn(HeadForm out, String requestId) {
        out.field(REQUEST_ID, requestId);
        out.fields(VIA);
    }

    private void writeLength(HeadForm out) {
        String length = response.headers().get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null) {
            // The decoder has seen that it is a number; leading zeros are no part of it.
            out.field(CONTENT_LENGTH, Long.parseLong(length));
        }
    }

    private static HeadBytes end(HeadBytes out, Connection connection) {
        switch (connection) {
            case KEPT -> {}
            case KEPT_HTTP10 -> out.fields(KEEP_ALIVE);
            case CLOSED -> out.fields(CLOSE);
        }
        return out.crlf();
    }
}
