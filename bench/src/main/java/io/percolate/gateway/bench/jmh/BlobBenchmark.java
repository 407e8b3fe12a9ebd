package io.percolate.gateway.bench.jmh;

import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.StreamingAead;
import com.google.crypto.tink.streamingaead.AesGcmHkdfStreamingParameters;
import com.google.crypto.tink.streamingaead.StreamingAeadConfig;
import io.percolate.gateway.context.blob.BlobFormat;
import io.percolate.gateway.context.blob.BlobHeader;
import io.percolate.gateway.context.blob.BlobPurpose;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does opening a context blob take, decryption and decompression included? Half of its content repeats, half is
 * noise, so that zstd halves it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class BlobBenchmark {
    /** As the gateway's keys are made. */
    private static final int KEY_BYTES = 32;

    private static final int SEGMENT_BYTES = 16 << 10;
    private static final int NOISE_BYTES = 16;
    private static final long SEED = 3;

    @Param({"65536", "1048576"})
    public int contentBytes = 65_536;

    private final TenantId tenant = Tenants.ids(1).getFirst();
    private final StreamingAead key = key();
    private final byte[] chunk = new byte[SEGMENT_BYTES];
    private byte[] sealed = {};

    @Setup
    public void prepare() throws IOException {
        BlobHeader header = new BlobHeader(BlobPurpose.CONTEXT, 1, 1, contentBytes, "application/octet-stream");
        try (InputStream blob = BlobFormat.seal(header, tenant, key, new ByteArrayInputStream(content()))) {
            sealed = blob.readAllBytes();
        }
    }

    byte[] content() {
        byte[] content = new byte[contentBytes];
        byte[] noise = new byte[NOISE_BYTES];
        Random random = new Random(SEED);
        for (int at = 0; at < contentBytes; at += 2 * NOISE_BYTES) {
            random.nextBytes(noise);
            System.arraycopy(noise, 0, content, at, NOISE_BYTES);
        }
        return content;
    }

    @Benchmark
    public long open() throws IOException {
        long bytes = 0;
        try (InputStream content = opened()) {
            for (int read = content.read(chunk); read >= 0; read = content.read(chunk)) {
                bytes += read;
            }
        }
        return bytes;
    }

    InputStream opened() throws IOException {
        ByteArrayInputStream source = new ByteArrayInputStream(sealed);
        return BlobFormat.open(BlobHeader.read(source), tenant, key, source, contentBytes);
    }

    private static StreamingAead key() {
        try {
            StreamingAeadConfig.register();
            return KeysetHandle.generateNew(AesGcmHkdfStreamingParameters.builder()
                            .setKeySizeBytes(KEY_BYTES)
                            .setDerivedAesGcmKeySizeBytes(KEY_BYTES)
                            .setHkdfHashType(AesGcmHkdfStreamingParameters.HashType.SHA256)
                            .setCiphertextSegmentSizeBytes(SEGMENT_BYTES)
                            .build())
                    .getPrimitive(RegistryConfiguration.get(), StreamingAead.class);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("Tink lacks its own streaming encryption", impossible);
        }
    }
}
