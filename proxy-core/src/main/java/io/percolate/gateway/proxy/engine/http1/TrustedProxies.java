package io.percolate.gateway.proxy.engine.http1;

import io.netty.util.NetUtil;
import io.percolate.gateway.routing.config.ConfigReader;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses of proxies in front of the edge whose word about the client is believed. */
public final class TrustedProxies {
    /** Believes nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    private static final class Block {
        private final byte[] address;
        private final int bits;

        Block(byte[] address, int bits) {
            this.address = address;
            this.bits = bits;
        }

        boolean contains(byte[] candidate) {
            if (candidate.length != address.length) {
                return false;
            }
            int whole = bits / 8;
            if (!Arrays.equals(candidate, 0, whole, address, 0, whole)) {
                return false;
            }
            int rest = bits % 8;
            int mask = (0xff00 >> rest) & 0xff;
            return rest == 0 || (candidate[whole] & mask) == (address[whole] & mask);
        }
    }

    private final List<Block> blocks;

    private TrustedProxies(List<Block> blocks) {
        this.blocks = List.copyOf(blocks);
    }

    /** Reads a list of addresses and CIDR blocks, reporting those that are neither. */
    public static TrustedProxies read(ConfigReader reader, String key, String description) {
        List<Block> blocks = new ArrayList<>();
        for (String text : reader.list(key, List.of(), description)) {
            Block block = parse(text);
            if (block == null) {
                reader.problem(key + ": expected an IP address or a CIDR block, got '" + text + "'");
            } else {
                blocks.add(block);
            }
        }
        return blocks.isEmpty() ? NONE : new TrustedProxies(blocks);
    }

    public boolean contains(InetAddress peer) {
        if (blocks.isEmpty()) {
            return false;
        }
        byte[] address = peer.getAddress();
        for (Block block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Block parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = NetUtil.createByteArrayFromIpAddressString(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int bitsMax = address.length * 8;
        if (slash < 0) {
            return new Block(address, bitsMax);
        }
        try {
            int bits = Integer.parseInt(text.substring(slash + 1));
            return bits < 0 || bits > bitsMax ? null : new Block(address, bits);
        } catch (NumberFormatException notNumber) {
            return null;
        }
    }
}
