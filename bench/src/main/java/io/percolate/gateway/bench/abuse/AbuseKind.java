package io.percolate.gateway.bench.abuse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** The ways in which clients cost more than they bring. */
enum AbuseKind {
    SLOW_HEADS("slow-heads", "heads of requests that come line by line and never end", 1, 5),
    SLOW_BODIES("slow-bodies", "uploads of a megabyte, a byte a second", 25, 5),
    SLOW_READERS("slow-readers", "answers of 16 MiB, taken by 64 bytes a second", 25, 5),
    TLS_HANDSHAKES("tls-handshakes", "TLS handshakes that end after the client's hello", 1, 5),
    RAPID_RESET("rapid-reset", "requests taken back at once, 100 in each tenth of a second", 100, 1),
    CONTINUATIONS("continuations", "header blocks of small frames without end", 100, 1),
    SETTINGS("settings", "1,000 SETTINGS in each tenth of a second", 100, 1),
    PINGS("pings", "1,000 PINGs in each tenth of a second", 100, 1),
    HPACK_BOMB("hpack-bomb", "10 KB of header block that would decode to 39 MB, ten times a second", 100, 1),
    STALLED_STREAMS("stalled-streams", "ten answers of 1 MiB each, and no window for any", 250, 1),
    GARBAGE("garbage", "bytes that are no protocol", 25, 1);

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration TENTH = Duration.ofMillis(100);
    private static final int BURSTS = 100;
    private static final int RESETS_PER_BURST = 100;
    private static final int FRAMES_PER_BURST = 1_000;
    private static final int REFERENCES = 10_000;
    private static final int STALLED = 10;
    private static final int GARBAGE_BYTES = 4 << 10;
    private static final int HELLO_BYTES_MAX = 32 << 10;

    private final String label;
    private final String description;
    private final int divisor;
    private final int rampSeconds;

    AbuseKind(String label, String description, int divisor, int rampSeconds) {
        this.label = label;
        this.description = description;
        this.divisor = divisor;
        this.rampSeconds = rampSeconds;
    }

    static Optional<AbuseKind> of(String label) {
        return Arrays.stream(values()).filter(kind -> kind.label.equals(label)).findFirst();
    }

    String label() {
        return label;
    }

    String description() {
        return description;
    }

    /** How many connections at once, where those that cost the gateway least are so many. */
    int connections(int offenders) {
        return Math.max(1, offenders / divisor);
    }

    /** How many connections are opened each second until there are all, and for those that were closed. */
    int opensPerSecond(int offenders) {
        return Math.max(1, connections(offenders) / rampSeconds);
    }

    /** Whether it speaks HTTP/2. */
    boolean isFrames() {
        return switch (this) {
            case RAPID_RESET, CONTINUATIONS, SETTINGS, PINGS, HPACK_BOMB, STALLED_STREAMS -> true;
            case SLOW_HEADS, SLOW_BODIES, SLOW_READERS, TLS_HANDSHAKES, GARBAGE -> false;
        };
    }

    /** @param token of a tenant, where the gateway is to take the request for one */
    Offence offence(String token) {
        return switch (this) {
            case SLOW_HEADS ->
                clear(true, SECOND, text("GET / HTTP/1.1\r\nHost: load.test\r\n"), text("X-More: a\r\n"));
            case SLOW_BODIES -> clear(true, SECOND, request("POST", "Content-Length: 1000000\r\n", token), text("x"));
            case SLOW_READERS ->
                new Offence(
                        List.of(text(head("GET", "/static/16777216", token) + "\r\n")), false, SECOND, false, false);
            case TLS_HANDSHAKES -> new Offence(List.of(hello()), false, SECOND, true, true);
            case RAPID_RESET -> bursts(burst -> resets(burst, token));
            case CONTINUATIONS ->
                clear(
                        true,
                        TENTH,
                        Frames.opening()
                                .frame(Frames.HEADERS, Frames.END_STREAM, 1, Frames.head("/", token))
                                .toBytes(),
                        new Frames()
                                .frames(RESETS_PER_BURST, Frames.CONTINUATION, 0, 1, Frames.field("x-a", "b"))
                                .toBytes());
            case SETTINGS -> clear(true, TENTH, Frames.opening().toBytes(), flood(Frames.SETTINGS));
            case PINGS -> clear(true, TENTH, Frames.opening().toBytes(), flood(Frames.PING, new byte[8]));
            case HPACK_BOMB ->
                bursts(burst ->
                        new Frames().bomb(2 * burst + 1, token, REFERENCES).toBytes());
            case STALLED_STREAMS -> clear(false, SECOND, stalled(token));
            case GARBAGE -> clear(false, SECOND, garbage());
        };
    }

    private static Offence clear(boolean endless, Duration interval, byte[]... parts) {
        return new Offence(List.of(parts), endless, interval, true, false);
    }

    /** Bursts of frames on streams of their own, after the opening. */
    private static Offence bursts(IntFunction<byte[]> burst) {
        List<byte[]> parts = new ArrayList<>(List.of(Frames.opening().toBytes()));
        for (int i = 0; i < BURSTS; i++) {
            parts.add(burst.apply(i));
        }
        return new Offence(parts, false, TENTH, true, false);
    }

    private static byte[] resets(int burst, String token) {
        Frames frames = new Frames();
        for (int i = 0; i < RESETS_PER_BURST; i++) {
            int stream = 2 * (burst * RESETS_PER_BURST + i) + 1;
            frames.get(stream, "/static/200", token).cancel(stream);
        }
        return frames.toBytes();
    }

    private static byte[] stalled(String token) {
        Frames frames = Frames.openingWithoutWindow();
        for (int i = 0; i < STALLED; i++) {
            frames.get(2 * i + 1, "/static/1048576", token);
        }
        return frames.toBytes();
    }

    private static byte[] flood(int type, byte... payload) {
        return new Frames().frames(FRAMES_PER_BURST, type, 0, 0, payload).toBytes();
    }

    private static byte[] garbage() {
        byte[] bytes = new byte[GARBAGE_BYTES];
        new Random(7).nextBytes(bytes);
        return bytes;
    }

    private static byte[] request(String method, String fields, String token) {
        return text(head(method, "/static/200", token) + fields + "\r\n");
    }

    private static String head(String method, String target, String token) {
        return method + " " + target + " HTTP/1.1\r\nHost: load.test\r\nAuthorization: Bearer " + token + "\r\n";
    }

    private static byte[] text(String text) {
        return text.getBytes(US_ASCII);
    }

    /** A whole one, so that the gateway does its part: a key exchange, and a signature. */
    private static byte[] hello() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, null, null);
            SSLEngine client = context.createSSLEngine();
            client.setUseClientMode(true);
            ByteBuffer hello = ByteBuffer.allocate(HELLO_BYTES_MAX);
            client.wrap(ByteBuffer.allocate(0), hello);
            return Arrays.copyOf(hello.array(), hello.position());
        } catch (GeneralSecurityException | SSLException unusable) {
            throw new IllegalStateException("the JDK makes no client's hello", unusable);
        }
    }
}
