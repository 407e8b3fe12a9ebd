package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Which fields of a message pass through, by name.
 *
 * <p>A name written with underscores counts as the same name with hyphens wherever it would not pass: backends that
 * speak CGI's dialect cannot tell {@code x_tenant_id} from {@code X-Tenant-Id}.
 */
public final class HeaderRules {
    /** What becomes of a field on its way to a pod. */
    public enum RequestField {
        PASSES,
        /** Hop-by-hop, framing, or a name that only the gateway may set. */
        DROPPED,
        /** {@code Forwarded}, {@code X-Forwarded-*}, {@code X-Real-IP}: passes from trusted proxies only. */
        TRUSTED_ONLY,
        AUTHORIZATION,
        TE,
        TRAILER,
        TRACEPARENT,
        TRACESTATE,
        /** How long a gRPC call may take: passes as what is left of it. */
        CALL_TIMEOUT,
        /** Names that ask for {@code Connection}-named fields to be dropped. */
        CONNECTION
    }

    /** What becomes of a field on its way to a client. */
    public enum ResponseField {
        PASSES,
        DROPPED,
        CONNECTION,
        TRAILER
    }

    private static final NameTable<RequestField> REQUEST = new NameTable<RequestField>()
            .put("connection", RequestField.CONNECTION)
            .put("keep-alive", RequestField.DROPPED)
            .put("proxy-connection", RequestField.DROPPED)
            .put("upgrade", RequestField.DROPPED)
            .put("http2-settings", RequestField.DROPPED)
            .put("transfer-encoding", RequestField.DROPPED)
            .put("content-length", RequestField.DROPPED)
            .put("host", RequestField.DROPPED)
            .put("expect", RequestField.DROPPED)
            .put("te", RequestField.TE)
            .put("trailer", RequestField.TRAILER)
            .put("authorization", RequestField.AUTHORIZATION)
            .put("traceparent", RequestField.TRACEPARENT)
            .put("tracestate", RequestField.TRACESTATE)
            .put("grpc-timeout", RequestField.CALL_TIMEOUT)
            .put("forwarded", RequestField.TRUSTED_ONLY)
            .put("x-real-ip", RequestField.TRUSTED_ONLY)
            .put("client-cert", RequestField.DROPPED)
            .put("client-cert-chain", RequestField.DROPPED)
            .put("x-request-id", RequestField.DROPPED)
            .put("x-served-from", RequestField.DROPPED)
            .put("x-percolate-fault", RequestField.DROPPED);

    private static final NameTable<ResponseField> RESPONSE = new NameTable<ResponseField>()
            .put("connection", ResponseField.CONNECTION)
            .put("keep-alive", ResponseField.DROPPED)
            .put("proxy-connection", ResponseField.DROPPED)
            .put("proxy-authenticate", ResponseField.DROPPED)
            .put("proxy-authentication-info", ResponseField.DROPPED)
            .put("upgrade", ResponseField.DROPPED)
            .put("transfer-encoding", ResponseField.DROPPED)
            .put("content-length", ResponseField.DROPPED)
            .put("te", ResponseField.DROPPED)
            .put("trailer", ResponseField.TRAILER)
            .put("x-request-id", ResponseField.DROPPED)
            .put("x-served-from", ResponseField.DROPPED);

    /**
     * Fields that frame, route, authenticate, modify or control a message and therefore mean nothing, or harm, in its
     * trailers (RFC 9110, section 6.5.1).
     */
    private static final NameTable<Boolean> TRAILERS = new NameTable<Boolean>()
            .put("content-encoding", false)
            .put("content-type", false)
            .put("content-range", false)
            .put("content-length", false)
            .put("transfer-encoding", false)
            .put("trailer", false)
            .put("host", false)
            .put("te", false)
            .put("connection", false)
            .put("keep-alive", false)
            .put("upgrade", false)
            .put("authorization", false)
            .put("cookie", false)
            .put("set-cookie", false)
            .put("expect", false)
            .put("max-forwards", false)
            .put("cache-control", false)
            .put("range", false)
            .put("if-match", false)
            .put("if-none-match", false)
            .put("if-modified-since", false)
            .put("if-unmodified-since", false)
            .put("if-range", false)
            .put("www-authenticate", false)
            .put("age", false)
            .put("date", false)
            .put("expires", false)
            .put("location", false)
            .put("retry-after", false)
            .put("vary", false)
            .put("forwarded", false)
            .put("traceparent", false)
            .put("tracestate", false)
            .put("via", false)
            .put("x-request-id", false)
            .put("x-real-ip", false)
            .put("x-served-from", false);

    private static final int CONNECTION_OPTIONS_MAX = 32;

    private HeaderRules() {}

    public static RequestField requestField(AsciiString name) {
        RequestField known = REQUEST.get(name);
        if (known != null) {
            return known;
        }
        switch (name.byteAt(0) | 0x20) {
            case 'x' -> {
                if (starts(name, "x-tenant-") || starts(name, "x-placement-")) {
                    return RequestField.DROPPED;
                }
                if (starts(name, "x-forwarded-")) {
                    return RequestField.TRUSTED_ONLY;
                }
            }
            case 'p' -> {
                if (starts(name, "proxy-")) {
                    return RequestField.DROPPED;
                }
            }
            default -> {}
        }
        // A name in the other spelling never passes on where the proper one would be treated specially.
        return name.indexOf('_', 0) >= 0 && requestField(hyphenated(name)) != RequestField.PASSES
                ? RequestField.DROPPED
                : RequestField.PASSES;
    }

    public static ResponseField responseField(AsciiString name) {
        ResponseField known = RESPONSE.get(name);
        return known == null ? ResponseField.PASSES : known;
    }

    /** Whether a trailer field may pass, in either direction. */
    public static boolean passesInTrailers(AsciiString name) {
        AsciiString proper = name.indexOf('_', 0) >= 0 ? hyphenated(name) : name;
        return TRAILERS.get(proper) == null && requestField(proper) == RequestField.PASSES;
    }

    /** The names in {@code Connection} beyond {@code close} and {@code keep-alive}; usually none. */
    public static List<AsciiString> connectionNamed(HttpHeaders headers) {
        String single = headers.get(HttpHeaderNames.CONNECTION);
        if (single == null || single.equalsIgnoreCase("keep-alive") || single.equalsIgnoreCase("close")) {
            if (single == null || headers.getAll(HttpHeaderNames.CONNECTION).size() == 1) {
                return List.of();
            }
        }
        List<AsciiString> names = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            for (String option : value.split(",", -1)) {
                String name = option.strip();
                if (!name.isEmpty() && !name.equalsIgnoreCase("close") && !name.equalsIgnoreCase("keep-alive")) {
                    names.add(new AsciiString(name));
                }
            }
        }
        return names;
    }

    /** Whether {@code Connection} names more than any message needs. */
    static boolean hasTooManyOptions(HttpHeaders headers) {
        String first = headers.get(HttpHeaderNames.CONNECTION);
        if (first == null) {
            return false;
        }
        long options = 0;
        for (String value : headers.getAll(HttpHeaderNames.CONNECTION)) {
            options += 1 + value.chars().filter(c -> c == ',').count();
        }
        return options > CONNECTION_OPTIONS_MAX;
    }

    /** Removes from a message's trailers what {@code Connection} among its headers names. */
    public static void dropNamed(HttpHeaders headers, HttpHeaders trailers) {
        if (!trailers.isEmpty()) {
            connectionNamed(headers).forEach(trailers::remove);
        }
    }

    /** Whether {@code Connection} has this option. */
    public static boolean connectionHas(HttpHeaders headers, String option) {
        String first = headers.get(HttpHeaderNames.CONNECTION);
        return first != null
                && (first.equalsIgnoreCase(option) || headers.containsValue(HttpHeaderNames.CONNECTION, option, true));
    }

    static boolean named(List<AsciiString> names, AsciiString name) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).contentEqualsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a name is this one, in any case, also with underscores in the place of hyphens. */
    static boolean isSame(AsciiString name, AsciiString other) {
        int length = name.length();
        if (length != other.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            char c = name.charAt(i);
            if (AsciiString.toLowerCase(c == '_' ? '-' : c) != AsciiString.toLowerCase(other.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean starts(AsciiString name, String prefix) {
        return name.regionMatches(true, 0, prefix, 0, prefix.length());
    }

    private static AsciiString hyphenated(AsciiString name) {
        return new AsciiString(name.toString().replace('_', '-').toLowerCase(Locale.ROOT));
    }
}
