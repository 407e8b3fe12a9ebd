package io.percolate.gateway.proxy.engine.http1;

/** Characters and forms of request targets and authorities (RFC 3986; RFC 9112, section 3.2). */
final class TargetRules {
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
