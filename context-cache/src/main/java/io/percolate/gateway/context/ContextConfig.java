package io.percolate.gateway.context;

import io.percolate.gateway.context.cache.CacheConfig;
import io.percolate.gateway.context.disk.DiskConfig;
import io.percolate.gateway.context.keys.KeysConfig;
import io.percolate.gateway.context.store.BlobsConfig;
import io.percolate.gateway.context.store.S3Config;
import io.percolate.gateway.routing.config.ConfigReader;

/** All that can be configured of contexts. */
public record ContextConfig(S3Config s3, KeysConfig keys, BlobsConfig blobs, CacheConfig cache, DiskConfig disk) {
    public static ContextConfig read(ConfigReader reader) {
        return new ContextConfig(
                S3Config.read(reader),
                KeysConfig.read(reader),
                BlobsConfig.read(reader),
                CacheConfig.read(reader),
                DiskConfig.read(reader));
    }
}
