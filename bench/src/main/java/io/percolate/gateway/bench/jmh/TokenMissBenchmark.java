package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.invalidation.FlushScope;
import io.percolate.gateway.routing.token.VerifiedToken;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.util.Objects;
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
 * What does a token take that was never seen: parse, signature, claims, into the cache? Flushing the one entry each
 * time, so that it is new again, is in the figure.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class TokenMissBenchmark {
    private static final FlushScope ALL = new FlushScope.All();

    @Param({"RS256", "ES256", "EDDSA", "HS256"})
    public SignatureAlgorithm algorithm = SignatureAlgorithm.RS256;

    @SuppressWarnings("NullAway.Init")
    private SignedTokens tokens;

    @Setup
    public void prepare() {
        tokens = SignedTokens.of(algorithm, Tenants.ids(1));
    }

    @Benchmark
    public VerifiedToken tokenMiss() {
        VerifiedToken token = Objects.requireNonNull(
                tokens.verifier().verify(tokens.texts().getFirst()).block());
        tokens.verifier().flush(ALL);
        return token;
    }

    boolean isCached() {
        return tokens.verifier().cached(tokens.texts().getFirst()) != null;
    }
}
