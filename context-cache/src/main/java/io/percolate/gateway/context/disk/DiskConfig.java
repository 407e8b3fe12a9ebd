package io.percolate.gateway.context.disk;

import io.percolate.gateway.routing.config.ConfigReader;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The second level of the context cache.
 *
 * @param folder of this process alone; empty where there is no second level
 * @param bytesMax of all files in it, those being written excepted
 */
public record DiskConfig(Optional<Path> folder, long bytesMax) {
    public static DiskConfig read(ConfigReader reader) {
        return new DiskConfig(
                reader.optionalText(
                                "GATEWAY_CONTEXT_DISK_DIR",
                                "folder for contexts as they are in S3 (sealed), of this process alone; without it, none"
                                        + " are kept on disk")
                        .map(Path::of),
                reader.size(
                        "GATEWAY_CONTEXT_DISK_BYTES",
                        1L << 30,
                        1 << 20,
                        1L << 44,
                        "disk for contexts in GATEWAY_CONTEXT_DISK_DIR"));
    }
}
