package io.percolate.gateway.proxy.engine.http2;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header block of an answer as a pod sent it, checked as RFC 9113, sections 8.2 and 8.3, ask, where Netty leaves it to
 * its users: what passed here goes to clients of HTTP/1.1, where a line end in a value would begin another field.
 */
public final class AnswerBlock {
    private static final int STATUS_DIGITS = 3;

    private AnswerBlock() {}

    /** The status; 0 when there is none, or none of three digits. */
    public static int status(Http2Headers block) {
        CharSequence status = block.status();
        if (status == null || status.length() != STATUS_DIGITS) {
            return 0;
        }
        int value = 0;
        for (int i = 0; i < STATUS_DIGITS; i++) {
            int digit = status.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return 0;
            }
            value = 10 * value + digit;
        }
        return value;
    }

    /**
     * Its fields; null when one of them is malformed.
     *
     * @param pseudoFields how many there must be, all at the beginning: 1 in a head, which {@link #status} has read, and 0
     *     in trailers
     */
    public static @Nullable HttpHeaders fields(Http2Headers block, int pseudoFields) {
        HttpHeaders fields =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        int pseudo = 0;
        for (Map.Entry<CharSequence, CharSequence> field : block) {
            CharSequence name = field.getKey();
            if (!name.isEmpty() && name.charAt(0) == ':') {
                if (++pseudo > pseudoFields || !fields.isEmpty()) {
                    return null;
                }
            } else if (isName(name) && isValue(field.getValue())) {
                fields.add(name, field.getValue());
            } else {
                return null;
            }
        }
        return pseudo == pseudoFields ? fields : null;
    }

    /** A token of RFC 9110 without capitals. */
    private static boolean isName(CharSequence name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && "!#$%&'*+-.^_`|~".indexOf(c) < 0) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static boolean isValue(CharSequence value) {
        int length = value.length();
        for (int i = 0; i < length; i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                return false;
            }
        }
        return length == 0 || (!isBlank(value.charAt(0)) && !isBlank(value.charAt(length - 1)));
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
