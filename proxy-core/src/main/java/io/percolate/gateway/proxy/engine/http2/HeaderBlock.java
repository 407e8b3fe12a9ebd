package io.percolate.gateway.proxy.engine.http2;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A header block as a client sent it, judged field by field while it is decoded (RFC 9113, sections 8.2 and 8.3).
 *
 * <p>Judged here and not by Netty, whose own validation ends the decoding of a block before there is a stream to reset,
 * and looks for less. What is malformed must not be made a request of.
 */
public final class HeaderBlock extends DefaultHttp2Headers {
    private static final int LONG_VALUE = 64;
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
    /** Fields that mean something for one connection of HTTP/1.1, and so nothing here (RFC 9113, section 8.2.2). */
    private static final Set<AsciiString> CONNECTION_SPECIFIC = Set.of(
            AsciiString.cached("connection"),
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            AsciiString.cached("transfer-encoding"),
            AsciiString.cached("upgrade"));

    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = 0x21; c < 0x7f; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }

    private @Nullable String malformation;
    private boolean regular;
    private @Nullable AsciiString method;
    private @Nullable AsciiString scheme;
    private @Nullable AsciiString authority;
    private @Nullable AsciiString path;
    private @Nullable AsciiString protocol;

    HeaderBlock(int sizeGuess) {
        super(false, false, sizeGuess);
    }

    @Override
    public Http2Headers add(CharSequence name, CharSequence value) {
        if (malformation == null) {
            AsciiString asciiName = AsciiString.of(name);
            AsciiString asciiValue = AsciiString.of(value);
            malformation = judge(asciiName, asciiValue);
        }
        return malformation == null ? super.add(name, value) : this;
    }

    private @Nullable String judge(AsciiString name, AsciiString value) {
        if (name.isEmpty()) {
            return "a field has no name";
        }
        if (!isValue(value)) {
            return "the value of a field has a control character, or white space around it";
        }
        if (name.byteAt(0) == ':') {
            return regular ? "a pseudo-header field follows other fields" : pseudo(name, value);
        }
        regular = true;
        if (!isFieldName(name)) {
            return "the name of a field is no token in lower case";
        }
        if (CONNECTION_SPECIFIC.contains(name)) {
            return "a field concerns a connection of HTTP/1.1";
        }
        return HttpHeaderNames.TE.contentEquals(name) && !TRAILERS.contentEqualsIgnoreCase(value)
                ? "expected nothing but trailers in te"
                : null;
    }

    private @Nullable String pseudo(AsciiString name, AsciiString value) {
        AsciiString earlier;
        switch (name.toString()) {
            case ":method" -> {
                earlier = method;
                method = value;
            }
            case ":scheme" -> {
                earlier = scheme;
                scheme = value;
            }
            case ":authority" -> {
                earlier = authority;
                authority = value;
            }
            case ":path" -> {
                earlier = path;
                path = value;
            }
            case ":protocol" -> {
                earlier = protocol;
                protocol = value;
            }
            default -> {
                return "a request has no such pseudo-header field";
            }
        }
        return earlier == null ? null : "a pseudo-header field comes twice";
    }

    /** Why this is no request; null when it is one, be it acceptable or not. */
    public @Nullable String requestMalformation() {
        if (malformation != null) {
            return malformation;
        }
        if (method == null || !isToken(method)) {
            return "expected a :method";
        }
        boolean connect = method.contentEquals("CONNECT");
        if (protocol != null && (!connect || !isToken(protocol))) {
            return "a :protocol is a token, and belongs to CONNECT";
        }
        if (connect && protocol == null) {
            return scheme == null && path == null && authority != null && isVisible(authority)
                    ? null
                    : "CONNECT has an :authority, and neither :scheme nor :path";
        }
        if (scheme == null) {
            return "expected a :scheme";
        }
        return path == null || !isPath(path) ? "expected a :path that begins with '/' and has no blanks" : null;
    }

    /** Why these are no trailers; null when they are. */
    public @Nullable String trailersMalformation() {
        if (malformation != null) {
            return malformation;
        }
        return method != null || scheme != null || authority != null || path != null || protocol != null
                ? "trailers have no pseudo-header fields"
                : null;
    }

    /** Whether it asks for its stream to carry a WebSocket (RFC 8441, section 4). */
    public boolean asksForWebSocket() {
        return protocol != null && protocol.contentEqualsIgnoreCase(WEBSOCKET);
    }

    /**
     * What forbids to serve it though it is well-formed HTTP/2; null when nothing does that is only known here.
     *
     * @param ended whether the client has ended the stream with it
     */
    public @Nullable Failure refusal(int targetBytesMax, boolean ended) {
        if (protocol != null && !asksForWebSocket()) {
            return Failure.of(FailureKind.REQUEST_UNSUPPORTED, "the only protocol to connect to is websocket");
        }
        if (protocol != null && (ended || contains(HttpHeaderNames.CONTENT_LENGTH))) {
            return Failure.of(
                    FailureKind.REQUEST_MALFORMED,
                    "a request for a WebSocket has no length, and leaves its stream open");
        }
        if (path != null && path.length() > targetBytesMax) {
            return Failure.of(FailureKind.REQUEST_TARGET_TOO_LONG, "the request target is too long");
        }
        if (scheme != null && !scheme.contentEqualsIgnoreCase("http") && !scheme.contentEqualsIgnoreCase("https")) {
            return Failure.of(FailureKind.REQUEST_MALFORMED, "expected the scheme http or https");
        }
        if (authority != null) {
            for (CharSequence host : getAll(HttpHeaderNames.HOST)) {
                if (!authority.contentEqualsIgnoreCase(host)) {
                    return Failure.of(
                            FailureKind.REQUEST_MALFORMED, "the Host header field differs from the :authority");
                }
            }
        }
        return null;
    }

    /**
     * The request in the terms of HTTP/1.1, by whose rules it is then checked: {@code Host} for the authority, one
     * {@code Cookie} (section 8.2.3), and chunked where a body of no announced length follows.
     */
    public HttpRequest toRequest(boolean bodyFollows) {
        HttpHeaders fields = fields();
        if (authority != null) {
            fields.set(HttpHeaderNames.HOST, authority);
        }
        if (bodyFollows && !fields.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        }
        CharSequence target = path != null ? path : authority;
        return new DefaultHttpRequest(
                RequestHead.HTTP_2, HttpMethod.valueOf(String.valueOf(method)), String.valueOf(target), fields);
    }

    /** What can be told of a request that is malformed: a hyphen for what could not stand in a request line. */
    public HttpRequest toRecord() {
        String name = method == null || !isToken(method) ? "-" : method.toString();
        String target = path == null || path.isEmpty() || !isVisible(path) ? "-" : path.toString();
        return new DefaultHttpRequest(RequestHead.HTTP_2, HttpMethod.valueOf(name), target, fields());
    }

    /**
     * The handshake of HTTP/1.1 that a request for a WebSocket stands for (RFC 8441, section 5).
     *
     * @param key of the gateway's own, for what clients say there means nothing
     */
    public HttpRequest toUpgrade(String key) {
        HttpHeaders fields = fields();
        if (authority != null) {
            fields.set(HttpHeaderNames.HOST, authority);
        }
        fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
        fields.set(HttpHeaderNames.UPGRADE, WEBSOCKET);
        fields.set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key);
        return new DefaultHttpRequest(RequestHead.HTTP_2, HttpMethod.GET, String.valueOf(path), fields);
    }

    /** All fields but the pseudo-header fields. */
    public HttpHeaders fields() {
        HttpHeaders fields =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        for (Map.Entry<CharSequence, CharSequence> field : this) {
            AsciiString name = AsciiString.of(field.getKey());
            if (name.byteAt(0) != ':') {
                CharSequence value = field.getValue();
                // Credentials are read as a text, which would be kept beside the bytes.
                fields.add(name, value.length() < LONG_VALUE ? value : value.toString());
            }
        }
        List<String> crumbs = fields.getAll(HttpHeaderNames.COOKIE);
        if (crumbs.size() > 1) {
            fields.set(HttpHeaderNames.COOKIE, String.join("; ", crumbs));
        }
        return fields;
    }

    private static boolean isFieldName(AsciiString name) {
        for (int i = 0; i < name.length(); i++) {
            byte b = name.byteAt(i);
            if (b < 0 || !TOKEN[b] || (b >= 'A' && b <= 'Z')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isToken(AsciiString text) {
        for (int i = 0; i < text.length(); i++) {
            byte b = text.byteAt(i);
            if (b < 0 || !TOKEN[b]) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static boolean isPath(AsciiString path) {
        return !path.isEmpty() && (path.byteAt(0) == '/' || path.contentEquals("*")) && isVisible(path);
    }

    /** Whether it could stand in a line of HTTP/1.1 as one word. */
    private static boolean isVisible(AsciiString text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.byteAt(i) <= ' ' || text.byteAt(i) == 0x7f) {
                return false;
            }
        }
        return true;
    }

    /** Whether there is no control but tabs in it, and no blank at its ends. */
    private static boolean isValue(AsciiString value) {
        int length = value.length();
        for (int i = 0; i < length; i++) {
            byte b = value.byteAt(i);
            if ((b >= 0 && b < ' ' && b != '\t') || b == 0x7f) {
                return false;
            }
        }
        return length == 0 || (!isBlank(value.byteAt(0)) && !isBlank(value.byteAt(length - 1)));
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }
}
