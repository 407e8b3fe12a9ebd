package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.directory.PostgresRouteDirectory;
import io.percolate.gateway.routing.directory.RouteLookup;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does it take to know who asks and where they live, when both were known before: 1,000 tenants, a token of 700
 * characters each, in turn?
 *
 * @see ResolveFreshBenchmark
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class ResolveBenchmark {
    static final int TENANTS = 1_000;

    private List<byte[]> bytes = List.of();
    private String[] known = {};
    private String[] fresh = {};

    /** Fewer where nothing is timed. */
    int count = TENANTS;

    @SuppressWarnings("NullAway.Init")
    private SignedTokens tokens;

    @SuppressWarnings("NullAway.Init")
    private PostgresRouteDirectory directory;

    private int next;

    @Setup
    public void prepare() {
        List<TenantId> tenants = Tenants.ids(count);
        tokens = SignedTokens.of(SignatureAlgorithm.RS256, tenants).verified();
        directory = Tenants.directory(tenants);
        known = tokens.texts().toArray(String[]::new);
        bytes = tokens.texts().stream()
                .map(text -> text.getBytes(StandardCharsets.US_ASCII))
                .toList();
        fresh = new String[count];
    }

    /** Texts as a decoder makes them. */
    void decode() {
        for (int i = 0; i < count; i++) {
            fresh[i] = new String(bytes.get(i), StandardCharsets.ISO_8859_1);
        }
    }

    @Benchmark
    public VerifiedToken tokenHit() {
        return token(known[turn()]);
    }

    /** Token hit and route hit. */
    @Benchmark
    public RouteLookup cachedResolve() {
        return resolve(known[turn()]);
    }

    long resolveFresh() {
        long versions = 0;
        for (String text : fresh) {
            versions += resolve(text).version();
        }
        return versions;
    }

    private RouteLookup resolve(String text) {
        return Objects.requireNonNull(directory.cached(token(text).tenant()));
    }

    private VerifiedToken token(String text) {
        return Objects.requireNonNull(tokens.verifier().cached(text));
    }

    private int turn() {
        next = next + 1 == count ? 0 : next + 1;
        return next;
    }
}
