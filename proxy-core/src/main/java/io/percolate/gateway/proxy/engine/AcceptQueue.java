package io.percolate.gateway.proxy.engine;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections that the kernel has accepted for a listener, and that are lost when it closes before they are taken.
 *
 * <p>A filter on the socket (Linux, SO_ATTACH_FILTER, classic BPF, for which nobody needs a right) drops what begins a
 * new connection, and nothing else: handshakes under way end, the queue runs empty, and closing loses nobody. Whoever was
 * dropped knocks again after a second, finds the listener gone, and is refused before it has sent a byte, or comes to
 * another process that listens on the same port. https://docs.kernel.org/networking/filter.html
 */
final class AcceptQueue {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptQueue.class);

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;
    /** struct sock_fprog: how many instructions, padding, where they are. */
    private static final int PROGRAM_BYTES = 16;

    private static final int PROGRAM_POINTER = 8;
    private static final RawUnixChannelOption ATTACH =
            new RawUnixChannelOption("PERCOLATE_SO_ATTACH_FILTER", SOL_SOCKET, SO_ATTACH_FILTER, PROGRAM_BYTES);

    /**
     * Instructions of eight bytes, a packet's first byte being that of its TCP header: load byte 13, the flags; if SYN is
     * set, keep nothing of the packet; else all of it.
     */
    private static final long[] INSTRUCTIONS = {
        instruction(0x30, 0, 0, 13),
        instruction(0x45, 0, 1, 0x02),
        instruction(0x06, 0, 0, 0),
        instruction(0x06, 0, 0, -1)
    };

    private AcceptQueue() {}

    /** Lets no new connection into a listener's queue, where the system can; those in it are still accepted. */
    static void takeNoNew(Channel listener) {
        if (!(listener instanceof EpollServerSocketChannel) || !listener.isOpen()) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment instructions = arena.allocateFrom(ValueLayout.JAVA_LONG, INSTRUCTIONS);
            MemorySegment program = arena.allocate(PROGRAM_BYTES, Long.BYTES);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) INSTRUCTIONS.length);
            program.set(ValueLayout.JAVA_LONG, PROGRAM_POINTER, instructions.address());
            listener.config().setOption(ATTACH, program.asByteBuffer());
        } catch (RuntimeException refused) {
            LOG.info(
                    "connections that come while {} closes may be lost: {}",
                    listener.localAddress(),
                    refused.toString());
        }
    }

    /** As the struct sock_filter of a little-endian machine. */
    private static long instruction(int code, int ifTrue, int ifFalse, int operand) {
        return code | ((long) ifTrue << 16) | ((long) ifFalse << 24) | ((long) operand << 32);
    }
}
