package io.percolate.gateway.bench.context;

import io.percolate.gateway.routing.tenant.TenantId;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** Clients that read their answers slowly, all at once, and what memory that takes of this process. */
final class SlowReaders implements AutoCloseable {
    private static final int RECEIVE_BYTES = 8 << 10;
    private static final int READ_BYTES = 2 << 10;
    private static final Duration ROUND = Duration.ofMillis(100);

    private final List<SocketChannel> clients = new ArrayList<>();
    private long read;

    private SlowReaders() {}

    /** Memory in use, in bytes, after a collection. */
    record Memory(long heap, long direct) {
        static Memory now() {
            System.gc();
            long direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                    .filter(pool -> pool.getName().equals("direct"))
                    .mapToLong(BufferPoolMXBean::getMemoryUsed)
                    .sum();
            return new Memory(
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(), direct);
        }
    }

    static SlowReaders open(InetSocketAddress edge, List<TenantId> tenants, int count) throws IOException {
        SlowReaders readers = new SlowReaders();
        for (int i = 0; i < count; i++) {
            SocketChannel client = SocketChannel.open();
            client.setOption(StandardSocketOptions.SO_RCVBUF, RECEIVE_BYTES);
            client.connect(edge);
            client.write(ByteBuffer.wrap(Rig.request(tenants.get(i % tenants.size()))));
            client.configureBlocking(false);
            readers.clients.add(client);
        }
        return readers;
    }

    /** Reads a little of each, round after round; answers how many have something, at the end. */
    int read(Duration length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(READ_BYTES);
        boolean[] served = new boolean[clients.size()];
        long end = System.nanoTime() + length.toNanos();
        while (System.nanoTime() < end) {
            for (int i = 0; i < clients.size(); i++) {
                int count = clients.get(i).read(buffer.clear());
                read += Math.max(count, 0);
                served[i] |= count > 0;
            }
            LockSupport.parkNanos(ROUND.toNanos());
        }
        int all = 0;
        for (boolean one : served) {
            all += one ? 1 : 0;
        }
        return all;
    }

    long bytesRead() {
        return read;
    }

    @Override
    public void close() throws IOException {
        for (SocketChannel client : clients) {
            client.close();
        }
    }
}
