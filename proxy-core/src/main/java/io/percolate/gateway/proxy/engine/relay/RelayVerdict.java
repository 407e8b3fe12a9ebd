package io.percolate.gateway.proxy.engine.relay;

import java.net.SocketAddress;
import java.time.Duration;

/** What becomes of a request. */
public sealed interface RelayVerdict {
    /**
     * It goes to a server.
     *
     * @param target in the place of the request's own
     * @param answerMax how long the answer may take to begin once the request has been sent; zero for ever
     * @param visit told, once, when the exchange is over
     */
    record Pass(SocketAddress server, String target, Duration answerMax, RelayVisit visit) implements RelayVerdict {}

    /** It is answered at once. */
    @SuppressWarnings("ArrayRecordComponent") // neither compared nor shared
    record Refuse(int status, String contentType, byte[] body) implements RelayVerdict {}
}
