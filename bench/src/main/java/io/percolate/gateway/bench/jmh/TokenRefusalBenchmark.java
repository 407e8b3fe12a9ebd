package io.percolate.gateway.bench.jmh;

import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What does taking a token apart take, without any signature: an RS256 token before a verifier that has a shared secret
 * only, and so refuses it once it is parsed? It is also what a flood of such tokens costs.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class TokenRefusalBenchmark {
    private String token = "";

    @SuppressWarnings("NullAway.Init")
    private JwtTokenVerifier verifier;

    @Setup
    public void prepare() {
        token = SignedTokens.of(SignatureAlgorithm.RS256, Tenants.ids(1))
                .texts()
                .getFirst();
        verifier = SignedTokens.of(SignatureAlgorithm.HS256, Tenants.ids(1)).verifier();
    }

    @Benchmark
    public FailureKind parseAndRefuse() {
        try {
            verifier.verify(token).block();
        } catch (FailureException refused) {
            return refused.failure().kind();
        }
        throw new IllegalStateException("a token that nobody can verify was accepted");
    }
}
