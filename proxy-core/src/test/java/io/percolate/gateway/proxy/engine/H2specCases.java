package io.percolate.gateway.proxy.engine;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The cases of h2spec 2.6.0 for servers, by their names on its command line. */
final class H2specCases {
    private static final Map<String, Integer> COUNTS = new TreeMap<>(Map.ofEntries(
            Map.entry("generic/1", 1),
            Map.entry("generic/2", 5),
            Map.entry("generic/3.1", 3),
            Map.entry("generic/3.2", 3),
            Map.entry("generic/3.3", 5),
            Map.entry("generic/3.4", 1),
            Map.entry("generic/3.5", 1),
            Map.entry("generic/3.7", 1),
            Map.entry("generic/3.8", 1),
            Map.entry("generic/3.9", 2),
            Map.entry("generic/3.10", 2),
            Map.entry("generic/4", 4),
            Map.entry("generic/5", 15),
            Map.entry("hpack/2.3.3", 2),
            Map.entry("hpack/4.2", 1),
            Map.entry("hpack/5.2", 3),
            Map.entry("hpack/6.1", 1),
            Map.entry("hpack/6.3", 1),
            Map.entry("http2/3.5", 2),
            Map.entry("http2/4.1", 3),
            Map.entry("http2/4.2", 3),
            Map.entry("http2/4.3", 3),
            Map.entry("http2/5.1", 13),
            Map.entry("http2/5.1.1", 2),
            Map.entry("http2/5.1.2", 1),
            Map.entry("http2/5.3.1", 2),
            Map.entry("http2/5.4.1", 2),
            Map.entry("http2/5.5", 2),
            Map.entry("http2/6.1", 3),
            Map.entry("http2/6.2", 4),
            Map.entry("http2/6.3", 2),
            Map.entry("http2/6.4", 3),
            Map.entry("http2/6.5", 3),
            Map.entry("http2/6.5.2", 5),
            Map.entry("http2/6.5.3", 2),
            Map.entry("http2/6.7", 4),
            Map.entry("http2/6.8", 1),
            Map.entry("http2/6.9", 3),
            Map.entry("http2/6.9.1", 3),
            Map.entry("http2/6.9.2", 3),
            Map.entry("http2/6.10", 6),
            Map.entry("http2/7", 2),
            Map.entry("http2/8.1", 1),
            Map.entry("http2/8.1.2", 1),
            Map.entry("http2/8.1.2.1", 4),
            Map.entry("http2/8.1.2.2", 2),
            Map.entry("http2/8.1.2.3", 7),
            Map.entry("http2/8.1.2.6", 2),
            Map.entry("http2/8.2", 1)));

    static final List<String> ALL = COUNTS.entrySet().stream()
            .flatMap(group -> IntStream.rangeClosed(1, group.getValue()).mapToObj(i -> group.getKey() + "/" + i))
            .toList();

    private H2specCases() {}
}
