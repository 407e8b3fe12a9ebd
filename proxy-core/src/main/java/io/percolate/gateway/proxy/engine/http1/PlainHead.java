package io.percolate.gateway.proxy.engine.http1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads heads that are plainly right, in one pass over bytes that have all come.
 *
 * <p>It takes a subset of what RFC 9112 allows, and refuses nothing: of whatever is not in that subset (heads that have
 * not come whole, are large, have a body of unusual framing, tabs, bytes beyond ASCII, or any fault) it reads not one
 * byte, and Netty's decoder judges it by all the rules. So there is one place that refuses, and the usual head costs a
 * third of what it costs there.
 */
final class PlainHead {
    /** Larger heads are left to Netty. */
    static final int BYTES_MAX = 4 << 10;

    private static final List<HttpMethod> BODILESS =
            List.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.DELETE, HttpMethod.OPTIONS);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** {@code HTTP/1.1} as one number. */
    private static final long HTTP_1_1 = (long) LONGS.get("HTTP/1.1".getBytes(StandardCharsets.US_ASCII), 0);

    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
    /** Decimal digits of a length that cannot overflow. */
    private static final int LENGTH_DIGITS_MAX = 18;

    /** Characters of a field's name (RFC 9110, section 5.6.2). */
    private static final boolean[] TOKEN = new boolean[128];

    static {
        for (char c = 0x21; c < 0x7f; c++) {
            TOKEN[c] = Character.isLetterOrDigit(c) || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }

    private final byte[] bytes;
    private final int end;
    private int at;

    private PlainHead(ByteBuf in) {
        end = Math.min(in.readableBytes(), BYTES_MAX);
        bytes = new byte[end];
        in.getBytes(in.readerIndex(), bytes);
    }

    /** The request of which this is the whole head, without a body; null when it is not, or not so plain. */
    static @Nullable HttpRequest request(ByteBuf in, int lineBytesMax, int fieldBytesMax) {
        HttpMethod method = bodilessMethod(in);
        if (method == null) {
            return null;
        }
        PlainHead head = new PlainHead(in);
        head.at = method.name().length() + 1;
        String target = head.word();
        if (target == null || !head.takes(HTTP_1_1) || !head.takesLineEnd() || head.at > lineBytesMax) {
            return null;
        }
        int fieldsStart = head.at;
        PlainFields fields = head.fields();
        if (fields == null
                || head.at - fieldsStart > fieldBytesMax
                || fields.contains(HttpHeaderNames.CONTENT_LENGTH)
                || fields.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || fields.contains(HttpHeaderNames.SEC_WEBSOCKET_KEY1)) {
            return null;
        }
        in.skipBytes(head.at);
        return new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target, fields);
    }

    /** The answer of which this is the whole head, with a body of given length; null when it is not, or not so plain. */
    static @Nullable HttpResponse response(ByteBuf in, int lineBytesMax, int fieldBytesMax) {
        PlainHead head = new PlainHead(in);
        HttpResponseStatus status = head.statusLine();
        if (status == null || head.at > lineBytesMax) {
            return null;
        }
        int fieldsStart = head.at;
        PlainFields fields = head.fields();
        if (fields == null
                || head.at - fieldsStart > fieldBytesMax
                || fields.contains(HttpHeaderNames.TRANSFER_ENCODING)
                || contentLength(fields) < 0) {
            return null;
        }
        in.skipBytes(head.at);
        return new DefaultHttpResponse(HttpVersion.HTTP_1_1, status, fields);
    }

    /** The one {@code Content-Length} there is; -1 when there is none, or several, or it is not a plain number. */
    static long contentLength(HttpHeaders fields) {
        List<String> lengths = fields.getAll(HttpHeaderNames.CONTENT_LENGTH);
        String digits = lengths.size() == 1 ? lengths.getFirst() : "";
        if (digits.isEmpty()
                || digits.length() > LENGTH_DIGITS_MAX
                || (digits.length() > 1 && digits.startsWith("0"))) {
            return -1;
        }
        long length = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            length = length * 10 + digit;
        }
        return length;
    }

    private static @Nullable HttpMethod bodilessMethod(ByteBuf in) {
        for (int i = 0; i < BODILESS.size(); i++) {
            AsciiString name = BODILESS.get(i).asciiName();
            int length = name.length();
            int start = in.readerIndex();
            if (in.readableBytes() > length && in.getByte(start + length) == ' ') {
                int same = 0;
                while (same < length && in.getByte(start + same) == name.byteAt(same)) {
                    same++;
                }
                if (same == length) {
                    return BODILESS.get(i);
                }
            }
        }
        return null;
    }

    /** Status of {@code HTTP/1.1 NNN reason} where a body may follow: neither interim nor 204 nor 304. */
    private @Nullable HttpResponseStatus statusLine() {
        if (!takes(HTTP_1_1) || end - at < 5 || bytes[at] != ' ' || bytes[at + 4] != ' ') {
            return null;
        }
        int code = 0;
        for (int i = at + 1; i < at + 4; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return null;
            }
            code = code * 10 + digit;
        }
        if (code < 200 || code == 204 || code == 304 || code > 599) {
            return null;
        }
        int reasonStart = at + 5;
        int reasonEnd = textEnd(reasonStart);
        at = reasonEnd;
        if (!takesLineEnd()
                || (reasonEnd > reasonStart && (bytes[reasonStart] == ' ' || bytes[reasonEnd - 1] == ' '))) {
            return null;
        }
        HttpResponseStatus standard = HttpResponseStatus.valueOf(code);
        AsciiString reason = new AsciiString(bytes, reasonStart, reasonEnd - reasonStart, false);
        return reason.contentEquals(standard.reasonPhrase())
                ? standard
                : new HttpResponseStatus(code, reason.toString());
    }

    /** All fields up to and with the empty line. */
    private @Nullable PlainFields fields() {
        PlainFields fields = new PlainFields();
        while (!takesLineEnd()) {
            int nameStart = at;
            int nameEnd = nameEnd();
            if (nameEnd == nameStart || nameEnd == end || bytes[nameEnd] != ':') {
                return null;
            }
            int valueStart = nameEnd + 1;
            while (valueStart < end && bytes[valueStart] == ' ') {
                valueStart++;
            }
            int valueEnd = textEnd(valueStart);
            at = valueEnd;
            if (!takesLineEnd()) {
                return null;
            }
            while (valueEnd > valueStart && bytes[valueEnd - 1] == ' ') {
                valueEnd--;
            }
            fields.append(
                    new AsciiString(bytes, nameStart, nameEnd - nameStart, false),
                    new AsciiString(bytes, valueStart, valueEnd - valueStart, false));
        }
        return fields;
    }

    private int nameEnd() {
        int i = at;
        while (i < end && bytes[i] > 0 && TOKEN[bytes[i]]) {
            i++;
        }
        return i;
    }

    /** A word of visible characters and the one space behind it. */
    private @Nullable String word() {
        int start = at;
        int i = start;
        while (i < end && bytes[i] > ' ' && bytes[i] < 0x7f) {
            i++;
        }
        if (i == start || i == end || bytes[i] != ' ') {
            return null;
        }
        at = i + 1;
        return new String(bytes, start, i - start, StandardCharsets.ISO_8859_1);
    }

    private boolean takes(long eightBytes) {
        if (end - at < Long.BYTES || (long) LONGS.get(bytes, at) != eightBytes) {
            return false;
        }
        at += Long.BYTES;
        return true;
    }

    private boolean takesLineEnd() {
        if (end - at < 2 || bytes[at] != '\r' || bytes[at + 1] != '\n') {
            return false;
        }
        at += 2;
        return true;
    }

    /**
     * Where the text ends that begins here: at the first byte that is a control character, DEL or not ASCII. Eight bytes
     * at a time: of the bytes before that one none can carry into its neighbour, so that the lowest mark is exact.
     */
    private int textEnd(int start) {
        int i = start;
        while (end - i >= Long.BYTES) {
            long eight = (long) LONGS.get(bytes, i);
            long marks = (eight | (eight + ONES) | ~(eight + 0x60 * ONES)) & HIGHS;
            if (marks != 0) {
                return i + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
            i += Long.BYTES;
        }
        while (i < end && bytes[i] >= ' ' && bytes[i] != 0x7f) {
            i++;
        }
        return i;
    }
}
