package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The head of a client's request, checked by RFC 9112 and RFC 9110 wherever two readers could read it differently.
 *
 * <p>After {@link #check} has found nothing, the framing, host and origin-form target are set.
 */
public final class RequestHead {
    private static final String GRPC = "application/grpc";
    /** Of a request that came by HTTP/2, put into the terms of HTTP/1.1. */
    public static final HttpVersion HTTP_2 = new HttpVersion("HTTP", 2, 0, true);

    private final HttpRequest request;
    private HttpHeaders headers;
    private String target;
    private String host = "";
    private BodyFraming framing = BodyFraming.NONE;
    private long contentLength;
    private boolean upgrade;

    public RequestHead(HttpRequest request) {
        this.request = request;
        this.headers = request.headers();
        this.target = request.uri();
    }

    public HttpMethod method() {
        return request.method();
    }

    /** In origin form once checked: a path and query, or {@code *}. */
    public String target() {
        return target;
    }

    public String host() {
        return host;
    }

    public HttpHeaders headers() {
        return headers;
    }

    /** Puts another target and other fields in the place of those received, once they have been checked. */
    public void replace(String otherTarget, HttpHeaders otherHeaders) {
        target = otherTarget;
        headers = otherHeaders;
    }

    /** Whether it asks for the connection's protocol to be switched to that of WebSockets. */
    public boolean isUpgrade() {
        return upgrade;
    }

    public void setUpgrade() {
        upgrade = true;
    }

    public BodyFraming framing() {
        return framing;
    }

    /** Bytes of the body where {@link BodyFraming#LENGTH}, else 0. */
    public long contentLength() {
        return contentLength;
    }

    /** The version that the client speaks, as logs have it. */
    public String protocol() {
        if (isHttp2()) {
            return "HTTP/2.0";
        }
        return isHttp10() ? "HTTP/1.0" : "HTTP/1.1";
    }

    /** By identity, for a request line of HTTP/1.1 may name any version. */
    @SuppressWarnings("ReferenceEquality")
    public boolean isHttp2() {
        return request.protocolVersion() == HTTP_2;
    }

    public boolean isHttp10() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    /** Whether the client lets the connection be used again. */
    public boolean isKeepAlive() {
        return isHttp10()
                ? HeaderRules.connectionHas(headers(), "keep-alive") && !HeaderRules.connectionHas(headers(), "close")
                : !HeaderRules.connectionHas(headers(), "close");
    }

    /** Whether the client waits with the body until it is told to go on. */
    public boolean expectsContinue() {
        return !isHttp10() && framing != BodyFraming.NONE && headers().containsValue("expect", "100-continue", true);
    }

    /** Whether it is a call of gRPC; {@code application/grpc-web} is not. */
    public boolean isGrpc() {
        return isGrpc(request.method().name(), headers().get(HttpHeaderNames.CONTENT_TYPE));
    }

    /** The same of a request that is only talked about. */
    public static boolean isGrpc(String method, @Nullable String type) {
        return type != null
                && method.equals("POST")
                && type.regionMatches(true, 0, GRPC, 0, GRPC.length())
                && (type.length() == GRPC.length() || "+;".indexOf(type.charAt(GRPC.length())) >= 0);
    }

    /** Whether sending it twice does what sending it once does (RFC 9110, section 9.2.2). */
    public boolean isIdempotent() {
        HttpMethod method = request.method();
        return method.equals(HttpMethod.GET)
                || method.equals(HttpMethod.HEAD)
                || method.equals(HttpMethod.PUT)
                || method.equals(HttpMethod.DELETE)
                || method.equals(HttpMethod.OPTIONS);
    }

    /**
     * What is wrong with it; null when nothing is.
     *
     * @param secured whether it came by TLS, as an https target must and an http one must not (RFC 9110, section 7.4)
     */
    public @Nullable Failure check(int headersMax, boolean secured) {
        if (request.decoderResult().isFailure()) {
            return undecodable(request.decoderResult().cause());
        }
        if (!isHttp10() && !isHttp2() && !request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return Failure.of(FailureKind.REQUEST_UNSUPPORTED, "expected HTTP/1.1 or HTTP/1.0");
        }
        if (request.headers().size() > headersMax) {
            return Failure.of(
                    FailureKind.REQUEST_HEADERS_TOO_LARGE, "a request has at most " + headersMax + " header fields");
        }
        if (HeaderRules.hasTooManyOptions(request.headers())) {
            return malformed("the Connection header field names too many others");
        }
        HttpMethod method = request.method();
        if (method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)) {
            return Failure.of(FailureKind.REQUEST_UNSUPPORTED, "method " + method.name() + " is not supported");
        }
        Failure failure = checkFraming();
        if (failure == null) {
            failure = checkHost();
        }
        return failure == null ? checkTarget(secured) : failure;
    }

    private @Nullable Failure checkFraming() {
        HttpHeaders headers = request.headers();
        if (headers.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
            // Netty reads eight bytes of body after the head of this abandoned draft, where others read none.
            return malformed("the WebSocket draft with Sec-WebSocket-Key1 is not supported");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        List<String> lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        if (!codings.isEmpty()) {
            if (!lengths.isEmpty()) {
                return malformed("a request has either Content-Length or Transfer-Encoding");
            }
            if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
                return codingFailure(codings);
            }
            framing = BodyFraming.CHUNKED;
            return null;
        }
        if (lengths.isEmpty()) {
            return null;
        }
        long length = lengths.size() == 1 ? parseLength(lengths.getFirst()) : -1;
        if (length < 0) {
            return malformed("expected one Content-Length that is a number");
        }
        contentLength = length;
        framing = BodyFraming.LENGTH;
        return null;
    }

    private @Nullable Failure checkHost() {
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (hosts.isEmpty() && isHttp10()) {
            return null;
        }
        if (hosts.size() != 1) {
            return malformed("expected one Host header field, got " + hosts.size());
        }
        host = hosts.getFirst();
        return TargetRules.isAuthority(host) ? null : malformed("the Host header field is not a host and port");
    }

    private @Nullable Failure checkTarget(boolean secured) {
        String received = request.uri();
        if (received.equals("*")) {
            return request.method().equals(HttpMethod.OPTIONS) ? null : malformed("only OPTIONS may be for '*'");
        }
        if (!TargetRules.isTarget(received)) {
            return malformed("the request target has characters that must be percent-encoded, or a broken encoding");
        }
        if (received.charAt(0) == '/') {
            return checkPath();
        }
        int authorityStart = TargetRules.authorityStart(received);
        if (authorityStart < 0) {
            return malformed("expected a request target that begins with '/' or is an http URL");
        }
        if (TargetRules.isSecured(received) != secured) {
            return Failure.of(
                    FailureKind.REQUEST_MISDIRECTED,
                    secured ? "an http URL was asked for by TLS" : "an https URL was asked for without TLS");
        }
        int authorityEnd = TargetRules.authorityEnd(received, authorityStart);
        String authority = received.substring(authorityStart, authorityEnd);
        if (!TargetRules.isAuthority(authority)) {
            return malformed("the request target's authority is not a host and port");
        }
        if (!host.isEmpty() && !host.equalsIgnoreCase(authority)) {
            return malformed("the Host header field differs from the request target's authority");
        }
        host = authority;
        String rest = received.substring(authorityEnd);
        target = rest.startsWith("/") ? rest : "/" + rest;
        return checkPath();
    }

    private @Nullable Failure checkPath() {
        if (!TargetRules.isPlainPath(target)) {
            return malformed("the path has dot segments, encoded slashes or controls, or begins with two slashes");
        }
        return TargetRules.isReserved(target)
                ? Failure.of(FailureKind.REQUEST_PATH_RESERVED, "there is nothing of the tenant's under this path")
                : null;
    }

    private Failure undecodable(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException tooLong ->
                Failure.of(FailureKind.REQUEST_TARGET_TOO_LONG, "the request line is too long");
            case TooLongHttpHeaderException tooLarge ->
                Failure.of(FailureKind.REQUEST_HEADERS_TOO_LARGE, "the header fields are too large");
            case PrematureChannelClosureException closed -> malformed("the request ended within its head");
            default -> {
                List<String> codings = request.headers().getAll(HttpHeaderNames.TRANSFER_ENCODING);
                yield codings.isEmpty() || request.headers().contains(HttpHeaderNames.CONTENT_LENGTH)
                        ? malformed("the request is not valid HTTP/1.1").withOperatorDetail(String.valueOf(cause))
                        : codingFailure(codings);
            }
        };
    }

    /** Codings we cannot undo are told apart from framing that nobody should guess at. */
    private static Failure codingFailure(List<String> codings) {
        boolean foreign = false;
        for (String value : codings) {
            for (String coding : value.split(",", -1)) {
                String name = coding.strip();
                if (name.equalsIgnoreCase("chunked")) {
                    continue;
                }
                if (!isToken(name)) {
                    return malformed("Transfer-Encoding is not a list of codings");
                }
                foreign = true;
            }
        }
        return foreign
                ? Failure.of(FailureKind.REQUEST_UNSUPPORTED, "the only transfer coding supported is chunked")
                : malformed("expected one transfer coding, chunked");
    }

    private static boolean isToken(String text) {
        return !text.isEmpty()
                && text.chars()
                        .allMatch(c -> (c >= '0' && c <= '9')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= 'a' && c <= 'z')
                                || (c < 0x7f && "!#$%&'*+-.^_`|~".indexOf(c) >= 0));
    }

    private static long parseLength(String text) {
        if (text.isEmpty()) {
            return -1;
        }
        long length = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || length > (Long.MAX_VALUE - digit) / 10) {
                return -1;
            }
            length = length * 10 + digit;
        }
        return length;
    }

    private static Failure malformed(String detail) {
        return Failure.of(FailureKind.REQUEST_MALFORMED, detail);
    }
}
