package io.percolate.gateway.bench.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.http.HttpRequest;
import io.percolate.gateway.proxy.engine.http1.HeadBytes;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.keys.SignatureAlgorithm;
import io.percolate.gateway.warmup.placement.Candidate;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each benchmark does once what it claims to time. */
class BenchmarksTest {
    @Test
    void aTokenHitGivesTheTenantOfTheToken() {
        ResolveBenchmark benchmark = new ResolveBenchmark();
        benchmark.count = 3;
        benchmark.prepare();

        List<TenantId> tenants = Tenants.ids(3);
        assertThat(benchmark.tokenHit().tenant()).isEqualTo(tenants.get(1));
        assertThat(benchmark.tokenHit().tenant()).isEqualTo(tenants.get(2));
    }

    @Test
    void anRs256TokenIsAsLongAsThoseOfIdentityProviders() {
        SignedTokens tokens = SignedTokens.of(SignatureAlgorithm.RS256, Tenants.ids(1));

        assertThat(tokens.texts().getFirst().length()).isBetween(600, 760);
    }

    @Test
    void aResolveGivesTheRouteOfTheTokensTenant() {
        ResolveBenchmark benchmark = new ResolveBenchmark();
        benchmark.count = 1;
        benchmark.prepare();

        assertThat(benchmark.cachedResolve().version()).isEqualTo(1);

        ResolveFreshBenchmark fresh = new ResolveFreshBenchmark();
        fresh.texts.count = 5;
        fresh.prepare();
        fresh.decode();
        assertThat(fresh.cachedResolve()).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_000, 10_000})
    void aRouteHitFindsEveryTenant(int tenants) {
        RouteHitBenchmark benchmark = new RouteHitBenchmark();
        benchmark.tenants = tenants;
        benchmark.prepare();

        assertThat(benchmark.routeHit().version()).isEqualTo(1);
        assertThat(benchmark.routeHit()).isNotEqualTo(benchmark.routeHit());
    }

    @ParameterizedTest
    @EnumSource(
            value = SignatureAlgorithm.class,
            names = {"RS256", "ES256", "EDDSA", "HS256"})
    void aTokenMissVerifiesAndForgets(SignatureAlgorithm algorithm) {
        TokenMissBenchmark benchmark = new TokenMissBenchmark();
        benchmark.algorithm = algorithm;
        benchmark.prepare();

        assertThat(benchmark.tokenMiss().tenant()).isEqualTo(Tenants.ids(1).getFirst());
        assertThat(benchmark.isCached()).isFalse();
        assertThat(benchmark.tokenMiss().tenant()).isEqualTo(Tenants.ids(1).getFirst());
    }

    @Test
    void aTokenWithoutAKeyIsTakenApartAndRefused() {
        TokenRefusalBenchmark benchmark = new TokenRefusalBenchmark();
        benchmark.prepare();

        FailureKind first = benchmark.parseAndRefuse();
        assertThat(first.name()).startsWith("TOKEN_").isNotEqualTo("TOKEN_MALFORMED");
        assertThat(benchmark.parseAndRefuse()).isEqualTo(first);
    }

    @Test
    void aRequestHeadIsParsedCleanedAndWritten() {
        RequestHeadBenchmark benchmark = new RequestHeadBenchmark();
        benchmark.prepare();

        HttpRequest parsed = benchmark.parse();
        assertThat(parsed.headers().get("User-Agent")).startsWith("Mozilla");
        assertThat(benchmark.parse().uri()).isEqualTo("/api/v1/items?limit=50&sort=name");
        assertThat(text(benchmark.checkCleanWrite()))
                .startsWith("GET /api/v1/items?limit=50&sort=name HTTP/1.1\r\n")
                .contains("X-Tenant-Id: " + Tenants.ids(1).getFirst() + "\r\n")
                .contains("X-Placement-Epoch: 17\r\n")
                .doesNotContain("00000000-0000-0000-0000-000000000000", "203.0.113.7", "Bearer");
    }

    @Test
    void aResponseHeadIsCleanedAndWritten() {
        ResponseHeadBenchmark benchmark = new ResponseHeadBenchmark();
        benchmark.prepare();

        assertThat(text(benchmark.checkCleanWrite()))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("ETag: \"5f2b-9c1\"\r\n", "Content-Length: 200\r\n")
                .doesNotContain("Keep-Alive");
    }

    @Test
    void aRequestWithinItsTenantsLimitsIsLetInAndCounted() {
        LimitBenchmark benchmark = new LimitBenchmark();
        LimitBenchmark.Loop loop = new LimitBenchmark.Loop();

        assertThat(benchmark.admitted(loop)).isNull();
        assertThat(benchmark.isCounted(benchmark.first())).isTrue();
        assertThat(benchmark.sameTenantOnTwoLoops(loop)).isNull();
        assertThat(benchmark.admittedAndCounted(loop)).isNull();
    }

    @Test
    void aRequestIsCountedInTheExposition() {
        MetricsBenchmark benchmark = new MetricsBenchmark();
        benchmark.prepare();

        benchmark.requestMetrics();
        benchmark.tenantTraffic();

        assertThat(benchmark.exposition())
                .contains("router_requests_total{answered_by=\"pod\",status=\"2xx\",tier=\"B\"} 1.0");
        assertThat(benchmark.busiest()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aGuardedRequestIsLetInAndLeaves(boolean adaptive) {
        PodGuardBenchmark benchmark = new PodGuardBenchmark();
        benchmark.adaptive = adaptive;
        benchmark.prepare();

        assertThat(benchmark.guardedRequest()).isTrue();
        assertThat(benchmark.guardedRequest()).isTrue();
        assertThat(benchmark.left()).isZero();
    }

    @Test
    void theBestPodIsOneOfTheFirstTwoOfTheRanking() {
        HashingBenchmark ranking = new HashingBenchmark();
        HashingBenchmark best = new HashingBenchmark();

        for (int tenant = 0; tenant < 10; tenant++) {
            List<Candidate> ranked = ranking.ranked();
            assertThat(ranked).hasSize(100);
            assertThat(ranked.subList(0, 2)).extracting(Candidate::id).contains(best.best());
        }
    }

    @Test
    void aKeyOfATenantHasOneShardOfAHundred() {
        ShardBenchmark tenants = new ShardBenchmark();
        ShardBenchmark keys = new ShardBenchmark();

        for (int turn = 0; turn < 10; turn++) {
            assertThat(tenants.ofTenant().value()).startsWith("shard-");
            assertThat(keys.ofKey().value()).startsWith("shard-");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65_536, 1_048_576})
    void aBlobOpensToItsContent(int contentBytes) throws IOException {
        BlobBenchmark benchmark = new BlobBenchmark();
        benchmark.contentBytes = contentBytes;
        benchmark.prepare();

        assertThat(benchmark.open()).isEqualTo(contentBytes);
        try (InputStream opened = benchmark.opened()) {
            assertThat(opened.readAllBytes()).isEqualTo(benchmark.content());
        }
    }

    private static String text(HeadBytes head) {
        ByteBuf buffer = head.toBuffer(UnpooledByteBufAllocator.DEFAULT, 0);
        try {
            return buffer.toString(StandardCharsets.ISO_8859_1);
        } finally {
            buffer.release();
        }
    }
}
