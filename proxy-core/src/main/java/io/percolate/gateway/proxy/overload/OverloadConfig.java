package io.percolate.gateway.proxy.overload;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * When a process has too much to do, and who may wait then.
 *
 * @param interval between looks at resources; zero to never look
 * @param slackPercent by which use must fall below what began a stage for it to end
 * @param queueMax requests that may wait for others to end once there are as many as may be; 0 for none
 * @param queueWaitMax how long they may
 * @param queueBytesMax memory that they, and those that wait for pods, may take
 */
public record OverloadConfig(
        Duration interval,
        int slackPercent,
        Map<Resource, Thresholds> thresholds,
        int queueMax,
        Duration queueWaitMax,
        long queueBytesMax) {
    private static final int PERCENT = 100;
    private static final double MILLIS_PER_SECOND = 1_000;

    public OverloadConfig {
        thresholds = Map.copyOf(thresholds);
    }

    /** Reads the keys {@code GATEWAY_OVERLOAD_*} and {@code GATEWAY_QUEUE_*}. */
    public static OverloadConfig read(ConfigReader reader) {
        Map<Resource, Thresholds> thresholds = new EnumMap<>(Resource.class);
        thresholds.put(Resource.CPU, percent(reader, "CPU", 0, 0, "processor time that the process may use"));
        thresholds.put(Resource.LOOP_LAG, lag(reader));
        thresholds.put(Resource.DIRECT_MEMORY, percent(reader, "DIRECT", 90, 98, "memory of buffers"));
        thresholds.put(Resource.HEAP, percent(reader, "HEAP", 90, 98, "heap that collections leave in use"));
        return new OverloadConfig(
                reader.duration(
                        "GATEWAY_OVERLOAD_INTERVAL",
                        Duration.ofMillis(100),
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        "between looks at processor, event loops and memory; 0s to never look"),
                reader.count(
                        "GATEWAY_OVERLOAD_SLACK",
                        10,
                        0,
                        90,
                        "percent by which use must fall below what began a stage for it to end"),
                thresholds,
                reader.count(
                        "GATEWAY_QUEUE_MAX",
                        1_024,
                        0,
                        1_000_000,
                        "requests that wait, in turn by tenant, once GATEWAY_EDGE_REQUESTS_MAX are under way; 0 for none"),
                reader.duration(
                        "GATEWAY_QUEUE_WAIT_MAX",
                        Duration.ofMillis(200),
                        Duration.ofMillis(20),
                        Duration.ofSeconds(30),
                        "how long they wait before they are answered 503"),
                reader.size(
                        "GATEWAY_QUEUE_BYTES_MAX",
                        64L << 20,
                        1 << 20,
                        1L << 40,
                        "memory that they, and requests that wait for their pods, may take; each reserves 4 KiB, and up to"
                                + " 64 KiB for its body"));
    }

    private static Thresholds percent(ConfigReader reader, String name, int first, int last, String of) {
        String key = "GATEWAY_OVERLOAD_" + name;
        int from =
                reader.count(key + "_FROM", first, 0, PERCENT, "percent of the " + of + ": connections are not kept");
        int to = reader.count(
                key + "_TO", last, 0, PERCENT, "the same: nothing is let in, and lower tiers before that; 0 for off");
        return thresholds(reader, key, from / (double) PERCENT, to / (double) PERCENT);
    }

    private static Thresholds lag(ConfigReader reader) {
        String key = "GATEWAY_OVERLOAD_LAG";
        Duration from = reader.duration(
                key + "_FROM",
                Duration.ofMillis(500),
                Duration.ZERO,
                Duration.ofMinutes(1),
                "by which event loops are late, four looks in a row: connections are not kept");
        Duration to = reader.duration(
                key + "_TO",
                Duration.ofSeconds(2),
                Duration.ZERO,
                Duration.ofMinutes(1),
                "the same: nothing is let in, and lower tiers before that; 0s for off");
        return thresholds(reader, key, from.toMillis() / MILLIS_PER_SECOND, to.toMillis() / MILLIS_PER_SECOND);
    }

    private static Thresholds thresholds(ConfigReader reader, String key, double from, double to) {
        if (to <= 0) {
            return Thresholds.OFF;
        }
        if (to < from) {
            reader.problem(key + "_TO must not be less than " + key + "_FROM");
            return Thresholds.OFF;
        }
        return new Thresholds(from, to);
    }

    Thresholds of(Resource resource) {
        return thresholds.getOrDefault(resource, Thresholds.OFF);
    }
}
