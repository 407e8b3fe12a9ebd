package io.percolate.gateway.proxy.engine.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What passes of the frames of one direction, however they are cut into reads. */
class FrameWalkerTest {
    private static final long FRAME_MAX = 70_000;
    private static final long MESSAGE_MAX = 100_000;

    /** What a walker let pass, control frames among it, and what it found. */
    private static final class Heard implements FrameWalker.Listener {
        private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
        private final List<ControlFrame> controls = new ArrayList<>();
        private @Nullable Violation violation;

        @Override
        public void passes(ByteBuf bytes) {
            passed.writeBytes(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }

        @Override
        public void control(ControlFrame frame, ByteBuf wire) {
            controls.add(frame);
            passes(wire);
        }

        @Override
        public void boundary() {
            throw new AssertionError("nobody asked");
        }

        @Override
        public void violated(Violation broken) {
            assertThat(violation).isNull();
            violation = broken;
        }
    }

    private static Heard walk(boolean fromClient, RsvBits bits, byte[] wire, int... cuts) {
        Heard heard = new Heard();
        FrameWalker walker = new FrameWalker(fromClient, bits, FRAME_MAX, MESSAGE_MAX, heard);
        int from = 0;
        for (int cut : cuts) {
            walker.walk(Unpooled.copiedBuffer(wire, from, cut - from));
            from = cut;
        }
        walker.walk(Unpooled.copiedBuffer(wire, from, wire.length - from));
        return heard;
    }

    private static void walkHoweverCut(boolean fromClient, RsvBits bits, byte[] wire, Expected expected) {
        check(walk(fromClient, bits, wire), wire, expected);
        check(walk(fromClient, bits, wire, each(wire.length)), wire, expected);
        for (int cut = 1; cut < Math.min(wire.length, 300); cut++) {
            check(walk(fromClient, bits, wire, cut), wire, expected);
        }
    }

    private static int[] each(int length) {
        int[] cuts = new int[Math.min(length, 2000)];
        Arrays.setAll(cuts, i -> i);
        return cuts;
    }

    private static void check(Heard heard, byte[] wire, Expected expected) {
        assertThat(heard.violation == null ? 0 : heard.violation.code()).isEqualTo(expected.code());
        assertThat(heard.passed.toByteArray()).isEqualTo(Arrays.copyOf(wire, expected.passes()));
        assertThat(heard.controls).isEqualTo(expected.controls());
    }

    // Sections of RFC 6455; a '!' ends what passes.
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "5.5, a Close of one byte,                            server, '!880100', 1002",
        "5.5, a fragmented Ping,                              server, '!0900', 1002",
        "5.5, a Ping of 126 bytes,                            server, '!897e007e', 1002",
        "5.2, RSV1 that was not negotiated,                   server, '!c100', 1002",
        "5.2, RSV2,                                           server, '!a100', 1002",
        "5.2, RSV3,                                           server, '!9100', 1002",
        "5.2, RSV1 on a Ping,                                 server, '!c900', 1002",
        "5.2, opcode 3,                                       server, '!8300', 1002",
        "5.2, opcode 7,                                       server, '!8700', 1002",
        "5.2, opcode 11,                                      server, '!8b00', 1002",
        "5.2, opcode 15,                                      server, '!8f00', 1002",
        "5.1, a masked frame of a server,                     server, '!818000000000', 1002",
        "5.1, an unmasked frame of a client,                  client, '!8100', 1002",
        "5.1, an unmasked Ping of a client,                   client, '!8900', 1002",
        "5.1, an unmasked Close of a client,                  client, '!880203e8', 1002",
        "5.4, a continuation of nothing,                      server, '!8000', 1002",
        "5.4, a continuation after a whole message,           server, '810161!8000', 1002",
        "5.4, a text within a text,                           server, '010161!810162', 1002",
        "5.4, a binary within a text,                         server, '010161!820162', 1002",
        "5.2, 125 bytes in a length of 16 bits,               server, '!817e007d', 1002",
        "5.2, 65535 bytes in a length of 64 bits,             server, '!817f000000000000ffff', 1002",
        "5.2, a length with its sign bit,                     server, '!817f8000000000000001', 1002",
        "5.2, all bits of a length,                           server, '!817fffffffffffffffff', 1002",
        "7.4.1, a frame that is too large,                    server, '!827f0000000000011171', 1009",
        "7.4.1, a frame of 2^62 bytes,                        server, '!827f4000000000000000', 1009",
        "7.4.1, the code 0,                                   server, '!88020000', 1002",
        "7.4.1, the code 999,                                 server, '!880203e7', 1002",
        "7.4.1, the code 1004,                                server, '!880203ec', 1002",
        "7.4.1, the code 1005,                                server, '!880203ed', 1002",
        "7.4.1, the code 1006,                                server, '!880203ee', 1002",
        "7.4.1, the code 1015,                                server, '!880203f7', 1002",
        "7.4.2, the code 5000,                                server, '!88021388', 1002",
        "5.5.1, a reason that is not UTF-8,                   server, '!880303e8ff', 1007",
        "5.5.1, a client's reason that is not UTF-8,          client, '!88830000000003e8ff', 1007",
    })
    void endsAtWhatIsNotAllowed(String section, String title, String sender, String frames, int code) {
        byte[] wire = HexFormat.of().parseHex(frames.replace("!", ""));

        walkHoweverCut(
                sender.equals("client"), RsvBits.NONE, wire, new Expected(frames.indexOf('!') / 2, code, List.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "PERMESSAGE_DEFLATE, c10161, 0",
        "PERMESSAGE_DEFLATE, 4101618000, 0",
        "PERMESSAGE_DEFLATE, 410161c000, 1002",
        "PERMESSAGE_DEFLATE, a10161, 1002",
        "ANY, f10161, 0",
        "ANY, f900, 0"
    })
    void takesTheBitsThatWereNegotiated(RsvBits bits, String frames, int code) {
        Heard heard = walk(false, bits, HexFormat.of().parseHex(frames));

        assertThat(heard.violation == null ? 0 : heard.violation.code()).isEqualTo(code);
    }

    @Test
    void nothingPassesBehindAClose() {
        byte[] wire = HexFormat.of().parseHex("810161" + "880203e8" + "810162" + "ffff");

        walkHoweverCut(false, RsvBits.NONE, wire, new Expected(7, 0, List.of(ControlFrame.close(1000, ""))));
    }

    @Test
    void aMessageOfManyFramesIsBoundedAsAWhole() {
        ByteBuf frames = Unpooled.buffer();
        frames.writeBytes(HexFormat.of().parseHex("027e8000")).writeZero(0x8000);
        frames.writeBytes(HexFormat.of().parseHex("007e8000")).writeZero(0x8000);
        frames.writeBytes(HexFormat.of().parseHex("007e8000")).writeZero(0x8000);
        int allowed = frames.readableBytes();
        frames.writeBytes(HexFormat.of().parseHex("807e8000"));
        byte[] wire = ByteBufUtil.getBytes(frames);

        check(walk(false, RsvBits.NONE, wire), wire, new Expected(allowed, 1009, List.of()));
    }

    @Test
    void tellsWhenAFrameHasPassed() {
        List<String> events = new ArrayList<>();
        FrameWalker[] walker = new FrameWalker[1];
        walker[0] = new FrameWalker(false, RsvBits.NONE, FRAME_MAX, MESSAGE_MAX, new FrameWalker.Listener() {
            @Override
            public void passes(ByteBuf bytes) {
                events.add(ByteBufUtil.hexDump(bytes));
                bytes.release();
            }

            @Override
            public void control(ControlFrame frame, ByteBuf wire) {
                wire.release();
            }

            @Override
            public void boundary() {
                assertThat(walker[0].isAtBoundary()).isTrue();
                events.add("boundary");
            }

            @Override
            public void violated(Violation violation) {
                throw new AssertionError(violation);
            }
        });
        walker[0].walk(Unpooled.copiedBuffer(HexFormat.of().parseHex("810361")));
        assertThat(walker[0].isAtBoundary()).isFalse();
        walker[0].announceBoundary();
        walker[0].walk(Unpooled.copiedBuffer(HexFormat.of().parseHex("6263" + "8101")));
        // The head of the next frame is not out while only a part of it has come.
        walker[0].walk(Unpooled.copiedBuffer(HexFormat.of().parseHex("64")));

        assertThat(events).containsExactly("810361", "6263", "boundary", "8101", "64");
    }

    /** Valid streams, some of them broken by one byte, against a decoder that has all of them at once. */
    @Test
    void agreesWithAPlainDecoderHoweverTheStreamIsCut() {
        long seed = Long.getLong("percolate.fuzz.seed", System.nanoTime());
        System.out.println("seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 600; i++) {
            boolean fromClient = random.nextBoolean();
            byte[] wire = FrameStreams.random(random, fromClient);
            if (random.nextBoolean()) {
                wire[random.nextInt(wire.length)] ^= (byte) (1 << random.nextInt(8));
            }
            Expected expected = Expected.of(wire, fromClient, FRAME_MAX, MESSAGE_MAX);
            check(walk(fromClient, RsvBits.NONE, wire), wire, expected);
            check(walk(fromClient, RsvBits.NONE, wire, each(wire.length)), wire, expected);
            int cut = random.nextInt(wire.length);
            check(walk(fromClient, RsvBits.NONE, wire, cut / 2, cut), wire, expected);
        }
    }
}
