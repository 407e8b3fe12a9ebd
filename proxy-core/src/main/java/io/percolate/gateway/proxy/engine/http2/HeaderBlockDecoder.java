package io.percolate.gateway.proxy.engine.http2;

import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import org.jspecify.annotations.Nullable;

/** Decodes header blocks (RFC 7541) into {@link HeaderBlock}s, which judge what comes. */
public final class HeaderBlockDecoder extends DefaultHttp2HeadersDecoder {
    private @Nullable HeaderBlock last;

    /** @param listBytesMax of all fields, each counted with 32 bytes more than it has (RFC 9113, section 10.5.1) */
    public HeaderBlockDecoder(long listBytesMax) {
        super(false, false, listBytesMax);
    }

    @Override
    protected Http2Headers newHeaders() {
        HeaderBlock begun = new HeaderBlock(numberOfHeadersGuess());
        last = begun;
        return begun;
    }

    /** The last one, be it whole or not, of which the codec says no more where it refuses it; null once forgotten. */
    public @Nullable HeaderBlock last() {
        return last;
    }

    /** Keeps it no longer. */
    public void forget() {
        last = null;
    }
}
