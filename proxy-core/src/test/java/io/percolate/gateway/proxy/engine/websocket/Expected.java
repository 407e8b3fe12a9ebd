package io.percolate.gateway.proxy.engine.websocket;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What must become of a stream of frames, read from RFC 6455 alone by somebody who has all of it at once.
 *
 * @param passes how many bytes of it
 * @param code of the violation; 0 when there is none
 */
record Expected(int passes, int code, List<ControlFrame> controls) {
    private static final int[] NEVER_SENT = {1004, 1005, 1006, 1015};

    static Expected of(byte[] wire, boolean fromClient, long frameMax, long messageMax) {
        List<ControlFrame> controls = new ArrayList<>();
        int at = 0;
        boolean within = false;
        BigInteger message = BigInteger.ZERO;
        while (wire.length - at >= 2) {
            int opcode = wire[at] & 0xf;
            boolean fin = (wire[at] & 0x80) != 0;
            boolean control = opcode >= 8;
            int seven = wire[at + 1] & 0x7f;
            boolean known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
            if (!known
                    || (wire[at] & 0x70) != 0
                    || ((wire[at + 1] & 0x80) != 0) != fromClient
                    || (control && (!fin || seven > 125))
                    || (!control && (opcode == 0) != within)) {
                return new Expected(at, 1002, controls);
            }
            int extended = seven == 126 ? 2 : seven == 127 ? 8 : 0;
            int head = 2 + extended + (fromClient ? 4 : 0);
            if (wire.length - at < head) {
                return new Expected(at, 0, controls);
            }
            BigInteger length = extended == 0
                    ? BigInteger.valueOf(seven)
                    : new BigInteger(1, Arrays.copyOfRange(wire, at + 2, at + 2 + extended));
            long least = extended == 0 ? 0 : extended == 2 ? 126 : 65_536;
            if (length.compareTo(BigInteger.valueOf(least)) < 0 || length.bitLength() > 63) {
                return new Expected(at, 1002, controls);
            }
            if (!control) {
                message = opcode == 0 ? message.add(length) : length;
                if (length.compareTo(BigInteger.valueOf(frameMax)) > 0
                        || message.compareTo(BigInteger.valueOf(messageMax)) > 0) {
                    return new Expected(at, 1009, controls);
                }
                within = !fin;
            }
            int end = at + head + length.intValueExact();
            if (end > wire.length) {
                return new Expected(control ? at : wire.length, 0, controls);
            }
            if (control) {
                byte[] payload = Arrays.copyOfRange(wire, at + head, end);
                for (int i = 0; fromClient && i < payload.length; i++) {
                    payload[i] ^= wire[at + head - 4 + i % 4];
                }
                int code = opcode == 8 ? closeCode(payload) : 0;
                if (code != 0) {
                    return new Expected(at, code, controls);
                }
                controls.add(new ControlFrame(
                        opcode == 8 ? Opcode.CLOSE : opcode == 9 ? Opcode.PING : Opcode.PONG, payload));
                if (opcode == 8) {
                    return new Expected(end, 0, controls);
                }
            }
            at = end;
        }
        return new Expected(at, 0, controls);
    }

    private static int closeCode(byte[] payload) {
        if (payload.length == 0) {
            return 0;
        }
        if (payload.length == 1) {
            return 1002;
        }
        int said = ByteBuffer.wrap(payload).getShort() & 0xffff;
        if (said < 1000 || said > 4999 || Arrays.stream(NEVER_SENT).anyMatch(never -> never == said)) {
            return 1002;
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload, 2, payload.length - 2));
            return 0;
        } catch (CharacterCodingException notText) {
            return 1007;
        }
    }
}
