package io.percolate.gateway.bench.restart;

/**
 * What a client asks for.
 *
 * @param bodyBytes of a POST, which no client may send twice on a guess; 0 for a GET
 */
record Request(String target, String token, int bodyBytes) {
    String method() {
        return bodyBytes == 0 ? "GET" : "POST";
    }
}
