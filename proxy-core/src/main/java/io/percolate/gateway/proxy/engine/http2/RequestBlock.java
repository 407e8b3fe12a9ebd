package io.percolate.gateway.proxy.engine.http2;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.util.AsciiString;
import io.percolate.gateway.proxy.engine.http1.FixedFields;
import io.percolate.gateway.proxy.engine.http1.ForwardedRequest;
import io.percolate.gateway.proxy.engine.http1.HeadForm;
import io.percolate.gateway.proxy.engine.http1.HeaderRules;
import java.util.Iterator;
import java.util.Map;

/** The header block of a message while it is put together (RFC 9113, section 8.2): names in lower case. */
public final class RequestBlock implements HeadForm {
    /**
     * What no table of the compression shall keep: credentials, since requests of several tenants share a connection, and
     * what is another in each message.
     */
    public static final SensitivityDetector SENSITIVE = (name, value) -> switch (name.length()) {
        case 6 -> AsciiString.contentEquals(name, "cookie");
        case 11 -> AsciiString.contentEquals(name, "traceparent");
        case 12 -> AsciiString.contentEquals(name, "x-request-id");
        case 13 -> AsciiString.contentEquals(name, "authorization");
        default -> false;
    };

    private static final int FIELDS_EXPECTED = 32;
    private static final int HEX_DIGITS = 16;

    private final Http2Headers fields = new DefaultHttp2Headers(false, FIELDS_EXPECTED);

    private RequestBlock() {}

    /** The block of a request as a pod shall see it. */
    public static Http2Headers request(ForwardedRequest request, boolean encrypted) {
        RequestBlock block = new RequestBlock();
        block.fields
                .method(request.head().method().asciiName())
                .scheme(encrypted ? "https" : "http")
                .authority(request.authority())
                .path(request.head().target());
        request.writeBlock(block);
        return block.fields;
    }

    /** The block of a message's trailers, without those that may not pass. */
    public static Http2Headers trailers(HttpHeaders trailers) {
        RequestBlock block = new RequestBlock();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = trailers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = AsciiString.of(field.getKey());
            if (HeaderRules.passesInTrailers(name)) {
                block.field(name, field.getValue());
            }
        }
        return block.fields;
    }

    @Override
    public RequestBlock field(AsciiString name, CharSequence value) {
        fields.add(name.toLowerCase(), value);
        return this;
    }

    @Override
    public RequestBlock field(AsciiString name, long value) {
        return field(name, Long.toString(value));
    }

    @Override
    public RequestBlock fields(FixedFields fixed) {
        for (int i = 0; i < fixed.size(); i++) {
            fields.add(fixed.name(i), fixed.value(i));
        }
        return this;
    }

    @Override
    public RequestBlock traceparent(long traceHigh, long traceLow, long spanId) {
        StringBuilder value = new StringBuilder("00-");
        hex(value, traceHigh);
        hex(value, traceLow);
        hex(value.append('-'), spanId);
        fields.add("traceparent", value.append("-01").toString());
        return this;
    }

    private static void hex(StringBuilder to, long value) {
        for (int digit = HEX_DIGITS - 1; digit >= 0; digit--) {
            to.append(Character.forDigit((int) (value >>> (4 * digit)) & 0xf, 16));
        }
    }
}
