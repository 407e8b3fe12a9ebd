package io.percolate.gateway.routing.directory;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.stack.Settings;
import io.percolate.gateway.routing.tenant.TenantId;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** What a cached route costs, kept and used. */
class FootprintTest {
    private static final int TENANTS = 100_000;
    /**
     * About 365 here, the room for twice as many included; with compact object headers, as the processes run, a million
     * fit into a heap of 400 MB ({@code ./gateway bench directory}).
     */
    private static final long BYTES_MAX = 400;

    private final PostgresRouteDirectory directory = new PostgresRouteDirectory(
            new GeneratedRoutes(),
            Settings.read(DirectoryConfig::read, "GATEWAY_ROUTES_MAX", Integer.toString(TENANTS * 2)),
            new SimpleMeterRegistry());

    private void load(int from, int to) {
        Flux.range(from, to - from)
                .flatMap(number -> directory.lookup(new TenantId(GeneratedRoutes.tenant(number))))
                .then()
                .block(Duration.ofMinutes(1));
    }

    private static long usedHeapBytes() {
        System.gc();
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }

    @Test
    void aCachedTenantTakesFewBytes() {
        directory.distrust();
        directory.connected();
        load(0, 1_000);
        long before = usedHeapBytes();

        load(1_000, TENANTS);

        long perTenant = (usedHeapBytes() - before) / (TENANTS - 1_000);
        assertThat(perTenant).isBetween(100L, BYTES_MAX);
        assertThat(directory.cached(new TenantId(GeneratedRoutes.tenant(TENANTS - 1))))
                .isNotNull();
    }

    @Test
    void aHitAllocatesNothing() {
        directory.distrust();
        directory.connected();
        load(0, 1_000);
        TenantId tenant = new TenantId(GeneratedRoutes.tenant(7));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < 200_000; i++) {
            assertThat(directory.cached(tenant) == null).isFalse();
        }

        long before = threads.getCurrentThreadAllocatedBytes();
        RouteLookup last = null;
        for (int i = 0; i < 100_000; i++) {
            last = directory.cached(tenant);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(last).isNotNull();
        // Caffeine drains its read buffer now and then.
        assertThat(allocated).isLessThan(100_000);
    }
}
