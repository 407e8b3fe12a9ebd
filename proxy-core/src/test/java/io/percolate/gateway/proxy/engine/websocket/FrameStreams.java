package io.percolate.gateway.proxy.engine.websocket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Random sequences of valid frames. */
final class FrameStreams {
    private static final int[] LENGTHS = {0, 1, 2, 5, 124, 125, 126, 127, 300, 65_535, 65_536};

    private FrameStreams() {}

    static byte[] random(SplittableRandom random, boolean fromClient) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean within = false;
        int frames = random.nextInt(1, 12);
        for (int i = 0; i < frames; i++) {
            if (random.nextInt(4) == 0) {
                write(out, random, fromClient, 0x80 | random.nextInt(9, 11), random.nextInt(126));
            } else {
                boolean fin = random.nextBoolean();
                int opcode = within ? 0 : random.nextInt(1, 3);
                int length = LENGTHS[random.nextInt(random.nextInt(10) == 0 ? LENGTHS.length : LENGTHS.length - 2)];
                write(out, random, fromClient, (fin ? 0x80 : 0) | opcode, length);
                within = !fin;
            }
        }
        if (random.nextInt(3) == 0) {
            byte[] close = ByteBuffer.allocate(4)
                    .putShort((short) 3000)
                    .put((byte) 'o')
                    .put((byte) 'k')
                    .array();
            write(out, random, fromClient, 0x88, close);
        }
        return out.toByteArray();
    }

    private static void write(
            ByteArrayOutputStream out, SplittableRandom random, boolean masked, int first, int length) {
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        write(out, random, masked, first, payload);
    }

    private static void write(
            ByteArrayOutputStream out, SplittableRandom random, boolean masked, int first, byte[] payload) {
        int mask = masked ? 0x80 : 0;
        out.write(first);
        if (payload.length < 126) {
            out.write(mask | payload.length);
        } else if (payload.length < 1 << 16) {
            out.write(mask | 126);
            out.writeBytes(
                    ByteBuffer.allocate(2).putShort((short) payload.length).array());
        } else {
            out.write(mask | 127);
            out.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
        }
        byte[] sent = payload.clone();
        if (masked) {
            byte[] key = new byte[4];
            random.nextBytes(key);
            out.writeBytes(key);
            for (int i = 0; i < sent.length; i++) {
                sent[i] ^= key[i % 4];
            }
        }
        out.writeBytes(sent);
    }
}
