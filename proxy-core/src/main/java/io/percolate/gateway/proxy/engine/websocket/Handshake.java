package io.percolate.gateway.proxy.engine.websocket;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.percolate.gateway.proxy.engine.http1.BodyFraming;
import io.percolate.gateway.proxy.engine.http1.HeaderRules;
import io.percolate.gateway.proxy.engine.http1.RequestHead;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a client offers in a request for a WebSocket (RFC 6455, section 4), and what a pod may make of it.
 *
 * <p>A request that asks for any other protocol, or asks in HTTP/1.0 or without the option in {@code Connection}, is one
 * like all others (RFC 9110, section 7.8).
 */
public final class Handshake {
    /**
     * What was agreed on.
     *
     * @param rsvBits that frames may have
     * @param addedProtocol what the client must be told because the pod cannot know of it; null when nothing
     */
    public record Agreement(RsvBits rsvBits, @Nullable String addedProtocol) {}

    private static final String WEBSOCKET = "websocket";
    private static final String VERSION = "13";
    private static final String ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final String PERMESSAGE_DEFLATE = "permessage-deflate";
    private static final int KEY_BYTES = 16;

    private final @Nullable Failure failure;
    private final String key;
    private final List<String> protocols;
    private final List<String> extensions;
    private final @Nullable String tokenProtocol;

    private Handshake(
            @Nullable Failure failure,
            String key,
            List<String> protocols,
            List<String> extensions,
            @Nullable String tokenProtocol) {
        this.failure = failure;
        this.key = key;
        this.protocols = protocols;
        this.extensions = extensions;
        this.tokenProtocol = tokenProtocol;
    }

    /**
     * Reads the handshake in a request that was checked as such; null when it asks for none. A token that came otherwise
     * than in {@code Authorization} is moved there, and is nowhere else in the head afterwards.
     */
    public static @Nullable Handshake of(RequestHead head, WebSocketConfig config) {
        HttpHeaders headers = head.headers();
        if (!headers.contains(HttpHeaderNames.UPGRADE)
                || head.isHttp10()
                || !elements(headers, HttpHeaderNames.UPGRADE).stream().anyMatch(WEBSOCKET::equalsIgnoreCase)
                || !HeaderRules.connectionHas(headers, "upgrade")) {
            return null;
        }
        head.setUpgrade();
        TokenCarrier carrier =
                TokenCarrier.of(head.target(), elements(headers, HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL), config);
        if (carrier.token() != null) {
            // First of all, so that no failure leaves the token where it could be logged.
            head.replace(carrier.target(), moved(headers, carrier));
        }
        Failure failure = carrier.failure();
        if (failure == null && carrier.token() != null && headers.contains(HttpHeaderNames.AUTHORIZATION)) {
            failure = malformed("the token is given in more than one way");
        }
        return new Handshake(
                failure == null ? check(head, config) : failure,
                String.valueOf(headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY)),
                carrier.protocols(),
                names(elements(headers, HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS)),
                carrier.answeredProtocol());
    }

    /** Why it is refused whoever asks; null when it is not. */
    public @Nullable Failure failure() {
        return failure;
    }

    private static @Nullable Failure check(RequestHead head, WebSocketConfig config) {
        HttpHeaders headers = head.headers();
        if (!head.method().equals(HttpMethod.GET)) {
            return malformed("a WebSocket is asked for by GET");
        }
        if (head.framing() == BodyFraming.CHUNKED || head.contentLength() > 0) {
            return malformed("a request for a WebSocket has no body");
        }
        if (!headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION).equals(List.of(VERSION))) {
            return Failure.of(FailureKind.WEBSOCKET_VERSION_UNSUPPORTED, "expected Sec-WebSocket-Version: 13");
        }
        List<String> keys = headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
        if (keys.size() != 1 || !isKey(keys.getFirst())) {
            return malformed("expected one Sec-WebSocket-Key of 16 bytes in base64");
        }
        List<String> origins = headers.getAll(HttpHeaderNames.ORIGIN);
        if (origins.size() > 1) {
            return malformed("expected one Origin header field at most");
        }
        if (!config.origins().isEmpty()
                && !origins.isEmpty()
                && !config.origins().contains(origins.getFirst().toLowerCase(Locale.ROOT))) {
            return Failure.of(FailureKind.ORIGIN_REFUSED, "pages of this origin may not open a WebSocket here");
        }
        return null;
    }

    /** What the pod's 101 comes to; null when it is not one that this handshake may have (section 4.1). */
    public @Nullable Agreement agreement(HttpHeaders answer) {
        if (!elements(answer, HttpHeaderNames.UPGRADE).stream().allMatch(WEBSOCKET::equalsIgnoreCase)
                || answer.getAll(HttpHeaderNames.UPGRADE).size() != 1
                || !HeaderRules.connectionHas(answer, "upgrade")
                || !answer.getAll(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT).equals(List.of(accept(key)))
                || answer.contains(HttpHeaderNames.CONTENT_LENGTH)
                || answer.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            return null;
        }
        List<String> chosen = answer.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        if (chosen.size() > 1 || !protocols.containsAll(chosen)) {
            return null;
        }
        List<String> accepted = names(elements(answer, HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
        if (!extensions.containsAll(accepted)) {
            return null;
        }
        RsvBits bits = accepted.isEmpty()
                ? RsvBits.NONE
                : accepted.equals(List.of(PERMESSAGE_DEFLATE)) ? RsvBits.PERMESSAGE_DEFLATE : RsvBits.ANY;
        return new Agreement(bits, chosen.isEmpty() ? tokenProtocol : null);
    }

    /** A key of these random bits, for who asks a pod in the place of a client that has none. */
    public static String key(long high, long low) {
        return Base64.getEncoder()
                .encodeToString(ByteBuffer.allocate(KEY_BYTES)
                        .putLong(high)
                        .putLong(low)
                        .array());
    }

    static String accept(String key) {
        try {
            // The hash is the protocol's; nothing is protected by it (section 10.8).
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + ACCEPT_SUFFIX).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-1", impossible);
        }
    }

    private static boolean isKey(String text) {
        try {
            return Base64.getDecoder().decode(text).length == KEY_BYTES;
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static HttpHeaders moved(HttpHeaders headers, TokenCarrier carrier) {
        DefaultHttpHeaders moved = new DefaultHttpHeaders();
        for (Map.Entry<String, String> field : headers) {
            if (!HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL.contentEqualsIgnoreCase(field.getKey())) {
                moved.add(field.getKey(), field.getValue());
            }
        }
        if (!carrier.protocols().isEmpty()) {
            moved.add(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, String.join(", ", carrier.protocols()));
        }
        return moved.add(HttpHeaderNames.AUTHORIZATION, "Bearer " + carrier.token());
    }

    /** The elements of a field that is a list, over all lines of it. */
    private static List<String> elements(HttpHeaders headers, CharSequence name) {
        List<String> elements = new ArrayList<>();
        for (String line : headers.getAll(name)) {
            for (String element : line.split(",", -1)) {
                if (!element.isBlank()) {
                    elements.add(element.strip());
                }
            }
        }
        return elements;
    }

    /** Extensions without their parameters, each once. */
    private static List<String> names(List<String> extensions) {
        return extensions.stream()
                .map(extension -> extension.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .distinct()
                .toList();
    }

    static Failure malformed(String detail) {
        return Failure.of(FailureKind.REQUEST_MALFORMED, detail);
    }
}
