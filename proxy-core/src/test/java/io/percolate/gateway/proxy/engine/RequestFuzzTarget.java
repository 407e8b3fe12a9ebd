package io.percolate.gateway.proxy.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What Jazzer runs, in a process of its own: an edge and a pod, and the probe between them. */
public final class RequestFuzzTarget {
    private static @Nullable DesyncProbe probe;

    private RequestFuzzTarget() {}

    public static void fuzzerInitialize() throws IOException {
        probe = new DesyncProbe();
    }

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Objects.requireNonNull(probe).check(new String(input, StandardCharsets.ISO_8859_1));
    }
}
