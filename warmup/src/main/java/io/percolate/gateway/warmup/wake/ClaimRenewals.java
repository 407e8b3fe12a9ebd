package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Prolongs the claims of one process many at a time.
 *
 * <p>A thousand wakes that begin together would else send a thousand statements each third of a lease, behind which the
 * wakes' own work would wait for longer than the lease: all would lose their claims to processes that fare no better.
 */
final class ClaimRenewals implements Renewal {
    private static final int BATCH_MAX = 1_000;

    private final Statements database;
    private final UUID owner;
    private final Duration lease;
    private final Batches<Asked> batches =
            new Batches<>(BATCH_MAX, this::send, (one, error) -> one.answer().error(error));

    private record Asked(TenantId tenant, MonoSink<Boolean> answer) {}

    /** @param database whose work goes before that of the wakes */
    ClaimRenewals(Statements database, UUID owner, Duration lease) {
        this.database = database;
        this.owner = owner;
        this.lease = lease;
    }

    @Override
    public Mono<Boolean> renew(TenantId tenant) {
        return Mono.<Boolean>create(answer -> batches.add(new Asked(tenant, answer)))
                .flatMap(renewed -> renewed ? Mono.just(true) : alone(tenant));
    }

    private Mono<Void> send(List<Asked> batch) {
        UUID[] tenants = batch.stream().map(one -> one.tenant().value()).toArray(UUID[]::new);
        return database.query(
                        WakeSql.RENEW_ALL,
                        row -> Objects.requireNonNull(row.get("tenant_id", UUID.class)),
                        tenants,
                        owner,
                        lease.toMillis())
                .doOnNext(renewed -> {
                    Set<UUID> done = new HashSet<>(renewed);
                    batch.forEach(one ->
                            one.answer().success(done.contains(one.tenant().value())));
                })
                .then();
    }

    /** Passed over, or lost: only one who waits for the row knows. */
    private Mono<Boolean> alone(TenantId tenant) {
        return database.update(WakeSql.RENEW, tenant.value(), owner, lease.toMillis())
                .map(rows -> rows == 1);
    }
}
