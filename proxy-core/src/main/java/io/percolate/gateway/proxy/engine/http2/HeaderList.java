package io.percolate.gateway.proxy.engine.http2;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.percolate.gateway.proxy.engine.http1.FixedFields;
import io.percolate.gateway.proxy.engine.http1.HeadForm;
import io.percolate.gateway.proxy.engine.http1.HeaderRules;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A head of an answer as a list of fields, with names in lower case (RFC 9113, section 8.2.1). */
public final class HeaderList implements HeadForm {
    private final Http2Headers headers = new DefaultHttp2Headers(false);

    /** A head that begins with this status. */
    public static HeaderList answer(int status) {
        HeaderList list = new HeaderList();
        list.headers.status(AsciiString.of(Integer.toString(status)));
        return list;
    }

    /** Those trailers that may pass; null when there are none. */
    public static @Nullable Http2Headers trailers(HttpHeaders trailers) {
        if (trailers.isEmpty()) {
            return null;
        }
        HeaderList list = new HeaderList();
        for (Iterator<Map.Entry<CharSequence, CharSequence>> fields = trailers.iteratorCharSequence();
                fields.hasNext(); ) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            AsciiString name = AsciiString.of(field.getKey());
            if (HeaderRules.passesInTrailers(name)) {
                list.field(name, field.getValue());
            }
        }
        return list.headers.isEmpty() ? null : list.headers;
    }

    public Http2Headers headers() {
        return headers;
    }

    @Override
    public HeadForm field(AsciiString name, CharSequence value) {
        headers.add(name.toLowerCase(), value);
        return this;
    }

    @Override
    public HeadForm field(AsciiString name, long value) {
        return field(name, AsciiString.of(Long.toString(value)));
    }

    @Override
    public HeadForm fields(FixedFields fixed) {
        for (int i = 0; i < fixed.size(); i++) {
            headers.add(fixed.name(i), fixed.value(i));
        }
        return this;
    }

    @Override
    public HeadForm traceparent(long traceHigh, long traceLow, long spanId) {
        throw new UnsupportedOperationException("an answer begins no trace");
    }
}
