package io.percolate.gateway.proxy.sidecar;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** Targets of requests (RFC 9112, section 3.2), for a pod that has names of its own and tenants below a prefix. */
final class TenantPath {
    /** Some readers decode again what they have decoded. */
    private static final int DECODINGS_MAX = 4;

    private TenantPath() {}

    /** The target in origin form; empty where it is in no form that names a path. */
    static Optional<String> origin(String target) {
        if (target.startsWith("/")) {
            return Optional.of(target);
        }
        if (target.regionMatches(true, 0, "http://", 0, 7) || target.regionMatches(true, 0, "https://", 0, 8)) {
            int authority = target.indexOf("//") + 2;
            for (int i = authority; i < target.length(); i++) {
                char c = target.charAt(i);
                if (c == '/' || c == '?') {
                    return Optional.of(c == '/' ? target.substring(i) : "/" + target.substring(i));
                }
            }
            return Optional.of("/");
        }
        return Optional.empty();
    }

    /** The first segment that is not empty, decoded. */
    static String firstSegment(String origin) {
        String path = path(origin);
        int start = 0;
        while (start < path.length() && path.charAt(start) == '/') {
            start++;
        }
        int end = path.indexOf('/', start);
        return decoded(path.substring(start, end < 0 ? path.length() : end));
    }

    /**
     * Whether no reader of this path leaves the prefix in front of it: those that decode before they split, that decode
     * twice, that take backslashes for slashes or cut off what follows a semicolon.
     */
    static boolean staysBelow(String origin) {
        String path = path(origin);
        for (int i = 0; i <= DECODINGS_MAX; i++) {
            for (String segment : path.split("[/\\\\]", -1)) {
                String name = segment.contains(";") ? segment.substring(0, segment.indexOf(';')) : segment;
                if (name.strip().equals("..") || name.strip().equals(".")) {
                    return false;
                }
            }
            if (path.chars().anyMatch(c -> c < ' ' || c == 0x7f || c == 0xfffd)) {
                return false;
            }
            String further = decoded(path);
            if (further.equals(path)) {
                return true;
            }
            path = further;
        }
        return false;
    }

    private static String path(String origin) {
        int end = origin.length();
        for (char c : new char[] {'?', '#'}) {
            int at = origin.indexOf(c);
            end = at < 0 ? end : Math.min(end, at);
        }
        return origin.substring(0, end);
    }

    /** Octets that are encoded, as UTF-8; what is no such octet stays as it is. */
    private static String decoded(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            int high = i + 2 < bytes.length && bytes[i] == '%' ? Character.digit(bytes[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(bytes[i + 2], 16);
            if (low >= 0) {
                out.write(high << 4 | low);
                i += 2;
            } else {
                out.write(bytes[i]);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    /** Whether a header's name is one that only the fleet may set, in either spelling. */
    static boolean isOfTheFleet(String header) {
        String name = header.toLowerCase(Locale.ROOT).replace('_', '-');
        return name.startsWith("x-tenant-") || name.startsWith("x-placement-");
    }
}
