package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.routing.config.ConfigReader;

/**
 * HTTP/2 of clients and its limits.
 *
 * @param streamsMax requests of one connection at once
 * @param streamWindowBytes of a request's body that may wait in the gateway when its pod takes none
 * @param resetsMax requests that a client may take back in 30 s
 * @param provokedResetsMax streams of a connection that we reset in 30 s for what the client did
 * @param controlFramesMax frames in 30 s that bring nothing forward, beyond those that requests and answers earn
 */
public record Http2Config(
        int streamsMax, int streamWindowBytes, int resetsMax, int provokedResetsMax, int controlFramesMax) {

    /** Reads the keys {@code GATEWAY_EDGE_HTTP2_*}. */
    static Http2Config read(ConfigReader reader) {
        return new Http2Config(
                reader.count("GATEWAY_EDGE_HTTP2_STREAMS_MAX", 100, 1, 10_000, "requests of one connection at once"),
                (int) reader.size(
                        "GATEWAY_EDGE_HTTP2_STREAM_WINDOW_BYTES",
                        64 << 10,
                        16 << 10,
                        1 << 20,
                        "of a request's body that a client may send ahead of its pod"),
                reader.count(
                        "GATEWAY_EDGE_HTTP2_RESETS_MAX",
                        200,
                        1,
                        1_000_000,
                        "requests that a client may take back in 30 s; beyond, its connection is closed"),
                reader.count(
                        "GATEWAY_EDGE_HTTP2_PROVOKED_RESETS_MAX",
                        200,
                        1,
                        1_000_000,
                        "streams that have to be reset for a client's faults in 30 s; as above"),
                reader.count(
                        "GATEWAY_EDGE_HTTP2_CONTROL_FRAMES_MAX",
                        2_000,
                        100,
                        10_000_000,
                        "frames in 30 s that bring nothing forward, beyond what requests and answers need; as above"));
    }
}
