package io.percolate.gateway.admin.cli;

import io.percolate.gateway.context.keys.TenantKeys;
import io.percolate.gateway.routing.tenant.TenantId;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Wraps all tenants' keys anew, page by page, and tells how far it is. */
final class KeyRewrapping {
    private static final int PAGE = 500;
    private static final int FAILURES_SHOWN_MAX = 20;
    private static final Duration PAGE_TIMEOUT = Duration.ofMinutes(10);

    private final TenantKeys keys;
    private final int concurrency;
    private final PrintWriter out;
    private long tenants;
    private long wrapped;
    private long failed;

    private record Outcome(TenantId tenant, long keys, Optional<String> failure) {}

    KeyRewrapping(TenantKeys keys, int concurrency, PrintWriter out) {
        this.keys = keys;
        this.concurrency = concurrency;
        this.out = out;
    }

    /** Does it; whether all went well. A tenant whose keys cannot be unwrapped does not keep the others from it. */
    boolean run() {
        Optional<TenantId> after = Optional.empty();
        while (true) {
            List<TenantId> page =
                    Objects.requireNonNull(keys.toRewrap(after, PAGE).block(PAGE_TIMEOUT));
            if (page.isEmpty()) {
                break;
            }
            Objects.requireNonNull(Flux.fromIterable(page)
                            .flatMap(this::rewrap, concurrency)
                            .collectList()
                            .block(PAGE_TIMEOUT))
                    .forEach(this::note);
            after = Optional.of(page.getLast());
            out.println(tenants + " tenants seen, " + wrapped + " keys wrapped by '" + keys.primary() + "', " + failed
                    + " tenants failed");
            out.flush();
        }
        out.println(
                failed == 0
                        ? "done: every key is wrapped by '" + keys.primary() + "'"
                        : "not done: the keys of " + failed + " tenants are wrapped by others still");
        out.flush();
        return failed == 0;
    }

    private Mono<Outcome> rewrap(TenantId tenant) {
        return keys.rewrap(tenant)
                .map(count -> new Outcome(tenant, count, Optional.empty()))
                .onErrorResume(
                        error -> Mono.just(new Outcome(tenant, 0, Optional.of(String.valueOf(error.getMessage())))));
    }

    private void note(Outcome outcome) {
        tenants++;
        wrapped += outcome.keys();
        outcome.failure().ifPresent(why -> {
            failed++;
            if (failed <= FAILURES_SHOWN_MAX) {
                out.println("tenant " + outcome.tenant() + ": " + why);
            }
        });
    }
}
