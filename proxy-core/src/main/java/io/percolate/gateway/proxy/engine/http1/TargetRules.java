package io.percolate.gateway.proxy.engine.http1;

/**
 * Characters and forms of request targets and authorities (RFC 3986; RFC 9112, section 3.2).
 *
 * <p>Nothing is normalised: a target passes byte for byte, or not at all where some readers of it would see another path
 * than others.
 */
final class TargetRules {
    private static final String RESERVED = "internal";

    private static final boolean[] TARGET = new boolean[128];
    private static final boolean[] HOST = new boolean[128];

    static {
        for (char c = 0x21; c < 0x7f; c++) {
            // Brackets are not allowed in paths and queries either, but too many clients send them.
            TARGET[c] = "\"#<>\\^`{|}".indexOf(c) < 0;
            HOST[c] = Character.isLetterOrDigit(c) || "-._~!$&'()*+,;=%".indexOf(c) >= 0;
        }
    }

    private TargetRules() {}

    /** Whether all characters may stand in a target, and each percent sign begins an encoded octet. */
    static boolean isTarget(String text) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            char c = text.charAt(i);
            if (c >= 128 || !TARGET[c]) {
                return false;
            }
            if (c == '%' && (i + 2 >= length || !isHex(text.charAt(i + 1)) || !isHex(text.charAt(i + 2)))) {
                return false;
            }
        }
        return length > 0;
    }

    /**
     * Whether all readers see the same segments in the path of this target in origin form, which {@link #isTarget}
     * found well-formed: those that remove dot segments, merge slashes at the beginning, or decode before they split.
     */
    static boolean isPlainPath(String target) {
        int length = target.length();
        if (length > 1 && target.charAt(1) == '/') {
            return false;
        }
        for (int i = 0; i < length; i++) {
            switch (target.charAt(i)) {
                case '?' -> {
                    return true;
                }
                case '/' -> {
                    if (isDotSegment(target, i + 1)) {
                        return false;
                    }
                }
                case '%' -> {
                    if (hidesOctet(target, i)) {
                        return false;
                    }
                }
                default -> {}
            }
        }
        return true;
    }

    /** Whether the path belongs to the fleet: what pods are told there, no tenant may say. */
    static boolean isReserved(String target) {
        int at = 1;
        for (int i = 0; i < RESERVED.length(); i++) {
            if (at >= target.length()) {
                return false;
            }
            int c = target.charAt(at);
            if (c == '%') {
                c = octet(target, at);
                at += 2;
            }
            at++;
            if ((c | 0x20) != RESERVED.charAt(i)) {
                return false;
            }
        }
        return endsSegment(target, at);
    }

    private static boolean isDotSegment(String target, int start) {
        int at = start;
        int dots = 0;
        while (dots <= 2 && at < target.length()) {
            if (target.charAt(at) == '.') {
                at++;
            } else if (octet(target, at) == '.') {
                at += 3;
            } else {
                break;
            }
            dots++;
        }
        return (dots == 1 || dots == 2) && endsSegment(target, at);
    }

    /** Whether a segment ends here, or its parameters begin, which some readers cut off. */
    private static boolean endsSegment(String target, int at) {
        return at == target.length() || "/;?".indexOf(target.charAt(at)) >= 0;
    }

    /** Whether what is encoded here is a separator or a control, also in overlong UTF-8 (RFC 3629, section 3). */
    private static boolean hidesOctet(String target, int at) {
        int octet = octet(target, at);
        int next = octet(target, at + 3);
        return octet < 0x20
                || octet == 0x7f
                || octet == '/'
                || octet == '\\'
                || ((octet == 0xc0 || octet == 0xc1) && next >= 0x80 && next < 0xc0)
                || (octet == 0xe0 && next >= 0x80 && next < 0xa0)
                || (octet == 0xf0 && next >= 0x80 && next < 0x90);
    }

    /** The octet that is encoded here; -1 when there is none. */
    private static int octet(String target, int at) {
        return at + 2 < target.length() && target.charAt(at) == '%'
                ? Character.digit(target.charAt(at + 1), 16) << 4 | Character.digit(target.charAt(at + 2), 16)
                : -1;
    }

    /** Whether this is a host with or without a port: a name, an IPv4 address or a bracketed IPv6 one. */
    static boolean isAuthority(String text) {
        int length = text.length();
        int hostEnd;
        if (text.startsWith("[")) {
            hostEnd = text.indexOf(']') + 1;
            if (hostEnd < 4) {
                return false;
            }
            for (int i = 1; i < hostEnd - 1; i++) {
                char c = text.charAt(i);
                if (!isHex(c) && c != ':' && c != '.') {
                    return false;
                }
            }
        } else {
            hostEnd = 0;
            while (hostEnd < length && text.charAt(hostEnd) < 128 && HOST[text.charAt(hostEnd)]) {
                hostEnd++;
            }
        }
        if (hostEnd == 0) {
            return false;
        }
        if (hostEnd == length) {
            return true;
        }
        if (text.charAt(hostEnd) != ':' || length - hostEnd > 6) {
            return false;
        }
        for (int i = hostEnd + 1; i < length; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
        }
        return true;
    }

    /** Where the authority of an absolute http(s) URL begins; -1 when it is none. */
    static int authorityStart(String target) {
        if (target.regionMatches(true, 0, "http://", 0, 7)) {
            return 7;
        }
        return target.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
    }

    /** Whether this absolute URL is one of https. */
    static boolean isSecured(String target) {
        return target.regionMatches(true, 0, "https:", 0, 6);
    }

    static int authorityEnd(String target, int start) {
        int end = start;
        while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
            end++;
        }
        return end;
    }

    private static boolean isHex(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    }
}
