package io.percolate.gateway.context.store;

import io.percolate.gateway.routing.config.ConfigReader;
import java.time.Duration;

/**
 * The bounds of contexts and snapshots.
 *
 * @param contextBytesMax of one context, opened
 * @param snapshotBytesMax of one snapshot, opened
 * @param transferTimeout for the whole of one context, from its first byte
 * @param inFlightBytesMax of all contexts that are being fetched, or read though no longer cached
 * @param inFlightWaitMax how long a fetch waits for its share of them
 * @param openThreads contexts that are opened at once, each on a thread that also waits for the rest of it
 */
public record BlobsConfig(
        long contextBytesMax,
        long snapshotBytesMax,
        Duration transferTimeout,
        long inFlightBytesMax,
        Duration inFlightWaitMax,
        int openThreads) {
    public static BlobsConfig read(ConfigReader reader) {
        long contextBytesMax =
                reader.size("GATEWAY_CONTEXT_BLOB_BYTES_MAX", 16L << 20, 1 << 10, 1L << 30, "largest context, opened");
        long inFlightBytesMax = reader.size(
                "GATEWAY_CONTEXT_IN_FLIGHT_BYTES",
                64L << 20,
                1 << 10,
                1L << 40,
                "memory for contexts that are being fetched, or still read after they left the cache");
        if (inFlightBytesMax < 2 * contextBytesMax) {
            reader.problem("GATEWAY_CONTEXT_IN_FLIGHT_BYTES must be at least twice GATEWAY_CONTEXT_BLOB_BYTES_MAX,"
                    + " for a context and its sealed form");
        }
        return new BlobsConfig(
                contextBytesMax,
                reader.size(
                        "GATEWAY_CONTEXT_SNAPSHOT_BYTES_MAX",
                        64L << 30,
                        1 << 20,
                        1L << 40,
                        "largest snapshot of a tenant's data, opened"),
                reader.duration(
                        "GATEWAY_CONTEXT_TRANSFER_TIMEOUT",
                        Duration.ofSeconds(10),
                        Duration.ofMillis(100),
                        Duration.ofMinutes(10),
                        "how long the bytes of one context may take"),
                inFlightBytesMax,
                reader.duration(
                        "GATEWAY_CONTEXT_IN_FLIGHT_WAIT",
                        Duration.ofSeconds(2),
                        Duration.ZERO,
                        Duration.ofMinutes(1),
                        "how long a fetch waits for memory"),
                reader.count(
                        "GATEWAY_CONTEXT_OPEN_THREADS",
                        32,
                        1,
                        1_024,
                        "contexts opened at once, each by a thread that waits for S3 as well"));
    }
}
