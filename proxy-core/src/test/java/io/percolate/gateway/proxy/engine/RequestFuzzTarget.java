package io.percolate.gateway.proxy.engine;

import io.percolate.gateway.proxy.engine.StrictReader.Request;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What Jazzer runs in a process of its own: the edge's decoder must read any bytes, however they are cut into two reads,
 * as {@link StrictReader} does, as far as it reads at all.
 */
public final class RequestFuzzTarget {
    private RequestFuzzTarget() {}

    /** @param input the first byte tells where the rest is cut */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        String bytes = new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1);
        List<Request> whole = DecodedRequests.of(bytes, bytes.length());
        List<Request> cut = DecodedRequests.of(bytes, (input[0] & 0xff) % (bytes.length() + 1));
        require(whole.equals(cut), "read at once", whole, "in two parts", cut);
        List<Request> strict = StrictReader.readAll(bytes);
        require(whole.size() <= strict.size(), "the edge", whole, "a strict reader", strict);
        for (int i = 0; i < whole.size(); i++) {
            require(same(whole.get(i), strict.get(i)), "the edge", whole.get(i), "a strict reader", strict.get(i));
        }
    }

    private static boolean same(Request decoded, Request strict) {
        return decoded.method().equals(strict.method())
                && decoded.version().equals(strict.version())
                && sameTarget(decoded.target(), strict.target())
                && decoded.fields().equals(lowerNames(strict.fields()))
                && decoded.body().equals(strict.body())
                && lowerNames(strict.trailers()).containsAll(decoded.trailers());
    }

    /** What was received in absolute form is in origin form once it is checked. */
    private static boolean sameTarget(String decoded, String strict) {
        boolean origin = strict.startsWith("/") || strict.equals("*");
        return origin ? decoded.equals(strict) : strict.endsWith(decoded.substring(1));
    }

    private static List<String> lowerNames(List<String> fields) {
        return fields.stream()
                .map(field -> {
                    int colon = field.indexOf(':');
                    return field.substring(0, colon).toLowerCase(Locale.ROOT) + field.substring(colon);
                })
                .toList();
    }

    private static void require(boolean holds, String one, Object first, String other, Object second) {
        if (!holds) {
            throw new IllegalStateException(one + ": " + first + "\n" + other + ": " + second);
        }
    }
}
