package io.percolate.gateway.proxy.engine.http1;

import io.netty.util.AsciiString;

/**
 * A message's head while it is put together, in the form that one version of HTTP has for it. Which fields there are is
 * settled by those who put them in, the same for all versions.
 */
public interface HeadForm {
    HeadForm field(AsciiString name, CharSequence value);

    HeadForm field(AsciiString name, long value);

    HeadForm fields(FixedFields fixed);

    /** The field of a trace that is begun here (W3C Trace Context, section 3.2). */
    HeadForm traceparent(long traceHigh, long traceLow, long spanId);
}
