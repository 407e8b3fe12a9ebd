package io.percolate.gateway.proxy.engine.http1;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Identities of requests and traces as they come from clients (W3C Trace Context, level 1). */
public final class TraceContext {
    private static final int REQUEST_ID_LENGTH_MAX = 128;
    /** version "-" trace-id "-" parent-id "-" flags. */
    private static final int TRACEPARENT_LENGTH = 55;

    private static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");
    private static final AsciiString TRACEPARENT = AsciiString.cached("traceparent");
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private TraceContext() {}

    /** The client's {@code X-Request-Id} if there is exactly one and it is safe to pass on and to log; else null. */
    public static @Nullable String validRequestId(HttpHeaders headers) {
        String id = headers.get(REQUEST_ID);
        if (id == null || id.isEmpty() || id.length() > REQUEST_ID_LENGTH_MAX) {
            return null;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean safe = (c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || c == '-'
                    || c == '_'
                    || c == '.'
                    || c == ':'
                    || c == '/'
                    || c == '+'
                    || c == '=';
            if (!safe) {
                return null;
            }
        }
        return headers.getAll(REQUEST_ID).size() == 1 ? id : null;
    }

    /** A request id made of a trace id's halves. */
    public static String requestId(long high, long low) {
        byte[] digits = new byte[32];
        for (int i = 0; i < 16; i++) {
            int shift = 60 - 4 * i;
            digits[i] = HEX[(int) (high >>> shift) & 0xf];
            digits[16 + i] = HEX[(int) (low >>> shift) & 0xf];
        }
        return new String(digits, StandardCharsets.ISO_8859_1);
    }

    /** The client's {@code traceparent} if there is exactly one and it is valid; else null. */
    static @Nullable String validTraceparent(HttpHeaders headers) {
        String text = headers.get(TRACEPARENT);
        if (text == null || text.length() < TRACEPARENT_LENGTH) {
            return null;
        }
        boolean known = text.startsWith("00-");
        boolean valid = text.length() == TRACEPARENT_LENGTH || (!known && text.charAt(TRACEPARENT_LENGTH) == '-');
        valid = valid && isHex(text, 0, 2) && !text.startsWith("ff") && text.charAt(2) == '-';
        valid = valid && isHex(text, 3, 35) && !isZero(text, 3, 35) && text.charAt(35) == '-';
        valid = valid && isHex(text, 36, 52) && !isZero(text, 36, 52) && text.charAt(52) == '-';
        valid = valid && isHex(text, 53, 55);
        if (!valid) {
            return null;
        }
        List<String> all = headers.getAll(TRACEPARENT);
        return all.size() == 1 ? text : null;
    }

    private static boolean isHex(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String text, int start, int end) {
        for (int i = start; i < end; i++) {
            if (text.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }
}
