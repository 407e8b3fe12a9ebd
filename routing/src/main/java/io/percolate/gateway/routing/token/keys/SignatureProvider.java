package io.percolate.gateway.routing.token.keys;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.security.Provider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Who computes signatures: the JDK (and Tink for Ed25519) at first, and a native provider once {@link #load} has found
 * one that gives known answers.
 *
 * <p>Only the computation is delegated; what a key may verify and what a signature must look like is decided before it.
 * Safe for use from any thread.
 */
public final class SignatureProvider {
    private static final Logger LOG = LoggerFactory.getLogger(SignatureProvider.class);

    private final Choice choice;
    private volatile @Nullable Provider provider;
    private volatile String description = "the JDK";

    /** Which one is wanted; in the configuration by its lower-case name. */
    public enum Choice {
        /** Several times faster; where it cannot be loaded, a warning says so and the JDK serves. */
        NATIVE,
        JDK
    }

    /** What the whole process shares: a native library is loaded once. */
    private static final class Loaded {
        private static final Mono<Provider> PROVIDER = Mono.fromCallable(Loaded::checked)
                .subscribeOn(Schedulers.boundedElastic())
                .cache();

        private static Provider checked() throws IOException, ReflectiveOperationException {
            Provider candidate = NativeCrypto.load();
            KnownAnswers.check(by(candidate));
            return candidate;
        }
    }

    private SignatureProvider(Choice choice, @Nullable Provider provider) {
        this.choice = choice;
        this.provider = provider;
    }

    public static SignatureProvider of(Choice choice) {
        return new SignatureProvider(choice, null);
    }

    /** One that this provider serves from the start. */
    static SignatureProvider by(Provider provider) {
        return new SignatureProvider(Choice.NATIVE, provider);
    }

    /**
     * Loads what was chosen, on a thread that may block, and takes it into use. Completes when that is over, well or
     * not; never errors.
     */
    public Mono<Void> load() {
        if (choice == Choice.JDK) {
            return Mono.empty();
        }
        return Loaded.PROVIDER
                .doOnNext(this::use)
                .onErrorResume(error -> {
                    description = "the JDK, since the native provider cannot be used: " + error.getMessage();
                    LOG.warn("new tokens are verified several times slower than they could be, by {}", description);
                    return Mono.empty();
                })
                .then();
    }

    /** Shows in {@code token.signatures.native} whether the native provider is in use. */
    public void show(MeterRegistry registry) {
        Gauge.builder("token.signatures.native", this, s -> s.provider == null ? 0 : 1)
                .description("Whether the native provider checks signatures (1) or the JDK (0)")
                .register(registry);
    }

    /** Whether what was chosen is in use. */
    public boolean isAsChosen() {
        return choice == Choice.JDK || provider != null;
    }

    /** Who is in use, for people. */
    public String description() {
        return description;
    }

    /** The native provider; null while the JDK serves. */
    @Nullable
    Provider current() {
        return provider;
    }

    private void use(Provider loaded) {
        description = loaded.getName() + " " + loaded.getVersionStr();
        provider = loaded;
        LOG.info("signatures are verified by {}", description);
    }
}
