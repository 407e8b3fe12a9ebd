package io.percolate.gateway.proxy.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.proxy.engine.MessageTable.Case;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Mutations of the messages of {@code requests.txt}: whatever comes, the edge never reads more or other requests out of
 * it than a strict reader, ends the connection, and goes on serving others. {@code -Dpercolate.fuzz.seed} begins
 * elsewhere, {@code -Dpercolate.fuzz.inputs} goes on for longer.
 */
class RequestFuzzTest {
    private static final long SEED = Long.getLong("percolate.fuzz.seed", 1);
    private static final int INPUTS = Integer.getInteger("percolate.fuzz.inputs", 2_000);
    private static final int MUTATIONS_MAX = 4;

    /** What parsers stumble over. */
    private static final List<String> PIECES = List.of(
            "\r\n",
            "\n",
            "\r",
            "\r\n\r\n",
            " ",
            "\t",
            "\u000b",
            "\f",
            "\u0000",
            ":",
            ",",
            ";",
            "\"",
            "\u0080",
            "\u00ff",
            "0\r\n\r\n",
            "0",
            "1",
            "ffffffff",
            "100000000",
            "18446744073709551616",
            "-1",
            "+",
            "0x",
            "Content-Length: 1\r\n",
            "Content-Length: 0\r\n",
            "content-length:5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive, X-A\r\n",
            "Host: tenant.example\r\n",
            "Expect: 100-continue\r\n",
            "TE: trailers\r\n",
            "X-Tenant-Id: evil\r\n",
            "GET /hidden HTTP/1.1\r\n",
            "HEAD / HTTP/1.1\r\n",
            "HTTP/1.1",
            "HTTP/1.0",
            "/../",
            "%2e",
            "//",
            "http://a/");

    @Test
    void neverMoreThanAStrictReaderSees() throws Exception {
        List<String> seeds =
                MessageTable.read("requests.txt").stream().map(Case::sent).toList();
        SplittableRandom random = new SplittableRandom(SEED);
        try (DesyncProbe probe = new DesyncProbe()) {
            for (int i = 0; i < INPUTS; i++) {
                String input = mutated(seeds, random);
                try {
                    probe.check(input);
                } catch (AssertionError | Exception differs) {
                    throw new AssertionError("seed " + SEED + ", input " + i + ": " + printable(input), differs);
                }
            }
            probe.checkAlive();
        }
        assertThat(INPUTS).isPositive();
    }

    private static String mutated(List<String> seeds, SplittableRandom random) {
        StringBuilder input = new StringBuilder(seed(seeds, random));
        int mutations = random.nextInt(MUTATIONS_MAX + 1);
        for (int i = 0; i < mutations; i++) {
            int at = random.nextInt(input.length() + 1);
            int end = Math.min(input.length(), at + 1 + random.nextInt(8));
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> input.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 3 -> input.replace(at, end, PIECES.get(random.nextInt(PIECES.size())));
                case 4 -> input.delete(at, end);
                case 5 -> input.insert(at, input.substring(at, end));
                case 6 ->
                    input.replace(at, Math.min(input.length(), at + 1), Character.toString((char) random.nextInt(256)));
                default -> input.append(seed(seeds, random));
            }
        }
        return input.toString();
    }

    private static String seed(List<String> seeds, SplittableRandom random) {
        return seeds.get(random.nextInt(seeds.size()));
    }

    private static String printable(String input) {
        StringBuilder text = new StringBuilder();
        input.chars().forEach(c -> text.append(c < 0x20 || c > 0x7e ? String.format("\\x%02x", c) : (char) c));
        return text.toString();
    }
}
