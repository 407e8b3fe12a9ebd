package io.percolate.gateway.proxy.sidecar.data;

import io.percolate.gateway.proxy.pod.data.DataException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.List;

/** The header of a tar entry: 512 bytes of POSIX.1-1988 (ustar); numbers in octal. */
final class TarBlock {
    static final int BYTES = 512;
    static final int NAME_BYTES_MAX = 100;
    static final long SIZE_MAX = (1L << 33) - 1;

    /** By bit of a mode, from the highest on. */
    static final List<PosixFilePermission> PERMISSIONS = List.of(
            PosixFilePermission.OWNER_READ,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_EXECUTE);

    private static final int MODE = 100;
    private static final int USER = 108;
    private static final int GROUP = 116;
    private static final int SIZE = 124;
    private static final int TIME = 136;
    private static final int CHECKSUM = 148;
    private static final int TYPE = 156;
    private static final int MAGIC = 257;
    private static final int PREFIX = 345;
    private static final int PREFIX_BYTES = 155;

    private final byte[] block;

    private TarBlock(byte[] block) {
        this.block = block;
    }

    /** @param name at most 100 bytes of ASCII */
    static byte[] of(char type, String name, int mode, long size, long seconds) {
        TarBlock header = new TarBlock(new byte[BYTES]);
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header.block, 0, text.length);
        header.put(MODE, 8, mode);
        header.put(USER, 8, 0);
        header.put(GROUP, 8, 0);
        header.put(SIZE, 12, size);
        header.put(TIME, 12, Math.clamp(seconds, 0, SIZE_MAX));
        header.block[TYPE] = (byte) type;
        byte[] magic = "ustar\00000".getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(magic, 0, header.block, MAGIC, magic.length);
        header.put(CHECKSUM, 8, header.checksum());
        return header.block;
    }

    /** Reads a block that is not all zero; refuses one that is no header. */
    static TarBlock read(byte[] block) {
        TarBlock header = new TarBlock(block);
        if (header.number(CHECKSUM, 8) != header.checksum()) {
            throw new DataException("expected a tar, got a block whose checksum is wrong");
        }
        return header;
    }

    static boolean isEnd(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    char type() {
        return block[TYPE] == 0 ? '0' : (char) block[TYPE];
    }

    String name() {
        String name = text(0, NAME_BYTES_MAX);
        // GNU's own format has other things where ustar has a prefix.
        boolean posix = block[MAGIC + 5] == 0;
        String prefix = posix ? text(PREFIX, PREFIX_BYTES) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    int mode() {
        return (int) (number(MODE, 8) & 0777);
    }

    long size() {
        return number(SIZE, 12);
    }

    long seconds() {
        return number(TIME, 12);
    }

    private String text(int from, int length) {
        int end = from;
        while (end < from + length && block[end] != 0) {
            end++;
        }
        return new String(Arrays.copyOfRange(block, from, end), StandardCharsets.UTF_8);
    }

    private long number(int from, int length) {
        if ((block[from] & 0x80) != 0) {
            return binary(from, length);
        }
        long value = 0;
        for (int i = from; i < from + length; i++) {
            byte digit = block[i];
            if (digit >= '0' && digit <= '7') {
                value = value * 8 + (digit - '0');
            } else if (digit != 0 && digit != ' ') {
                throw new DataException("expected octal digits in the header of a tar entry");
            }
        }
        return value;
    }

    /** GNU's way to write numbers that have no room: two's complement behind a bit that says so. */
    private long binary(int from, int length) {
        long value = 0;
        for (int i = from + 1; i < from + length; i++) {
            if (value >> 47 != 0) {
                throw new DataException("a number in the header of a tar entry is too large");
            }
            value = value << 8 | (block[i] & 0xff);
        }
        return value;
    }

    private void put(int at, int length, long value) {
        String digits = Long.toOctalString(value);
        Arrays.fill(block, at, at + length - 1, (byte) '0');
        byte[] text = digits.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, block, at + length - 1 - text.length, text.length);
    }

    private long checksum() {
        long sum = 0;
        for (int i = 0; i < BYTES; i++) {
            sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : block[i] & 0xff;
        }
        return sum;
    }
}
