package io.percolate.gateway.proxy.overload;

import com.sun.management.OperatingSystemMXBean;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/** What this process uses of its resources. */
public final class ProcessGauges {
    private ProcessGauges() {}

    /** Of all resources, and these event loops. */
    public static List<ResourceGauge> of(List<EventExecutor> eventLoops) {
        LoopLag lag = new LoopLag(eventLoops);
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        List<MemoryPoolMXBean> heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isCollectionUsageThresholdSupported())
                .toList();
        return List.of(
                // The JDK knows of the control group's quota; negative while it knows nothing.
                new ResourceGauge(Resource.CPU, now -> Math.max(0, system.getProcessCpuLoad())),
                new ResourceGauge(Resource.LOOP_LAG, lag::seconds),
                new ResourceGauge(Resource.DIRECT_MEMORY, now -> directMemory()),
                new ResourceGauge(Resource.HEAP, now -> heap(heap)));
    }

    private static double directMemory() {
        long max = PlatformDependent.maxDirectMemory();
        long used = PlatformDependent.usedDirectMemory();
        if (used < 0 && ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider measured) {
            used = measured.metric().usedDirectMemory();
        }
        return max <= 0 ? 0 : Math.max(0, used) / (double) max;
    }

    /** What the last collections have left, unless less than that is in use by now: what can be collected is no need. */
    private static double heap(List<MemoryPoolMXBean> pools) {
        long left = 0;
        for (MemoryPoolMXBean pool : pools) {
            MemoryUsage usage = pool.getCollectionUsage();
            left += usage == null ? 0 : usage.getUsed();
        }
        Runtime runtime = Runtime.getRuntime();
        return Math.min(left, runtime.totalMemory() - runtime.freeMemory()) / (double) runtime.maxMemory();
    }
}
