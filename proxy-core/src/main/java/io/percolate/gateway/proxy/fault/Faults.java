package io.percolate.gateway.proxy.fault;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.config.ConfigSource;
import io.percolate.gateway.routing.config.Secret;
import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureException;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.revocation.Revocations;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.TokenConfig;
import io.percolate.gateway.routing.token.VerifiedToken;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * The faults that are asked for: by rules, at a share; or by one request for itself, with a token for the purpose, whose
 * subject is the fault and whose tenant is the request's. Safe for use from any thread.
 */
public final class Faults {
    /** In which a request asks; never passed on. */
    public static final String HEADER = "X-Percolate-Fault";
    /** Of such a token, so that no other token of the same key passes for one. */
    public static final String AUDIENCE = "percolate-faults";

    private static final Logger LOG = LoggerFactory.getLogger(Faults.class);
    private static final Duration TOKEN_LIFETIME_MAX = Duration.ofHours(1);
    private static final long LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final List<FaultRule> rules;
    private final @Nullable JwtTokenVerifier tokens;
    private final MeterRegistry registry;
    private final AtomicLong loggedNanos = new AtomicLong(System.nanoTime() - LOG_NANOS);

    private Faults(FaultConfig config, MeterRegistry registry) {
        this.rules = config.rules();
        this.tokens = config.secret().map(Faults::verifier).orElse(null);
        this.registry = registry;
    }

    /** Null where none are asked for; else says so loudly. */
    public static @Nullable Faults of(FaultConfig config, MeterRegistry registry) {
        if (!config.isOn()) {
            return null;
        }
        LOG.warn("FAULTS ARE INJECTED into requests; this is for tests of clients, not for their users");
        config.rules().forEach(rule -> LOG.warn("fault by rule: {}", rule));
        if (config.secret().isPresent()) {
            LOG.warn("fault by token: requests may ask for faults of their own in {}", HEADER);
        }
        return new Faults(config, registry);
    }

    private static JwtTokenVerifier verifier(Secret secret) {
        ConfigReader reader = new ConfigReader(ConfigSource.of(Map.of(
                "GATEWAY_JWT_HS256_SECRET",
                secret.reveal(),
                "GATEWAY_JWT_AUDIENCE",
                AUDIENCE,
                "GATEWAY_JWT_LIFETIME_MAX",
                TOKEN_LIFETIME_MAX.toHours() + "h")));
        SimpleMeterRegistry own = new SimpleMeterRegistry();
        return JwtTokenVerifier.create(
                TokenConfig.read(reader), Revocations.none(own, Clock.systemUTC()), own, Clock.systemUTC());
    }

    /** Whether requests may ask. */
    public boolean takesTokens() {
        return tokens != null;
    }

    /** What a rule does to a request; null for nothing. */
    public @Nullable Fault byRule(TenantId tenant, String target, String requestId) {
        for (FaultRule rule : rules) {
            if (rule.hits(tenant, target, ThreadLocalRandom.current().nextDouble())) {
                return injected(rule.fault(), "rule", tenant, requestId);
            }
        }
        return null;
    }

    /** What a request asks for itself; errors with the failure to answer where its token is not good for that. */
    public Mono<Fault> byToken(List<String> asked, TenantId tenant, String requestId) {
        if (asked.size() != 1) {
            return refused("expected one " + HEADER + " header field, got several");
        }
        return Objects.requireNonNull(tokens)
                .verify(asked.getFirst())
                .onErrorMap(
                        FailureException.class,
                        bad -> malformed(HEADER + ": " + bad.failure().clientDetail())
                                .toException())
                .flatMap(token -> fault(token, tenant, requestId));
    }

    private Mono<Fault> fault(VerifiedToken token, TenantId tenant, String requestId) {
        if (!token.tenant().equals(tenant)) {
            return refused(HEADER + ": the token is another tenant's");
        }
        Optional<Fault> fault = Fault.parse(token.subject());
        return fault.isEmpty()
                ? refused(HEADER + ": expected in the token's sub " + Fault.EXPECTED)
                : Mono.just(injected(fault.get(), "token", tenant, requestId));
    }

    private static Mono<Fault> refused(String detail) {
        return Mono.error(malformed(detail).toException());
    }

    private static Failure malformed(String detail) {
        return Failure.of(FailureKind.REQUEST_MALFORMED, detail);
    }

    private Fault injected(Fault fault, String by, TenantId tenant, String requestId) {
        String kind = fault.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        Counter.builder("router.faults.injected")
                .description("Faults that were asked for, and done to requests")
                .tag("kind", kind)
                .tag("by", by)
                .register(registry)
                .increment();
        long now = System.nanoTime();
        long logged = loggedNanos.get();
        if (now - logged >= LOG_NANOS && loggedNanos.compareAndSet(logged, now)) {
            LOG.info("request {} of tenant {} gets the fault {} by {}", requestId, tenant, fault, by);
        } else {
            LOG.debug("request {} of tenant {} gets the fault {} by {}", requestId, tenant, fault, by);
        }
        return fault;
    }

    /** What an abort answers. */
    public static Failure aborted(int status) {
        return Failure.of(FailureKind.FAULT_INJECTED, "this fault was asked for")
                .withStatus(status);
    }

    public void close() {
        JwtTokenVerifier verifier = tokens;
        if (verifier != null) {
            verifier.close();
        }
    }
}
