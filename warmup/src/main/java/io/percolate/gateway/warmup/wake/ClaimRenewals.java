package io.percolate.gateway.warmup.wake;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Prolongs the claims of one process many at a time: what is asked for while a statement is under way goes with the next.
 *
 * <p>A thousand wakes that begin together would else send a thousand statements each third of a lease, behind which the
 * wakes' own work would wait for longer than the lease: all would lose their claims to processes that fare no better.
 */
final class ClaimRenewals implements Renewal {
    private static final int BATCH_MAX = 1_000;

    private final Statements database;
    private final UUID owner;
    private final Duration lease;
    private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean underWay = new AtomicBoolean();

    private record Asked(TenantId tenant, MonoSink<Boolean> answer) {}

    /** @param database whose work goes before that of the wakes */
    ClaimRenewals(Statements database, UUID owner, Duration lease) {
        this.database = database;
        this.owner = owner;
        this.lease = lease;
    }

    @Override
    public Mono<Boolean> renew(TenantId tenant) {
        return Mono.<Boolean>create(answer -> {
                    asked.add(new Asked(tenant, answer));
                    next();
                })
                .flatMap(renewed -> renewed ? Mono.just(true) : alone(tenant));
    }

    private void next() {
        while (!asked.isEmpty() && underWay.compareAndSet(false, true)) {
            List<Asked> batch = new ArrayList<>();
            for (Asked one = asked.poll(); one != null; one = batch.size() < BATCH_MAX ? asked.poll() : null) {
                batch.add(one);
            }
            if (batch.isEmpty()) {
                underWay.set(false);
            } else {
                send(batch);
                return;
            }
        }
    }

    private void send(List<Asked> batch) {
        UUID[] tenants = batch.stream().map(one -> one.tenant().value()).toArray(UUID[]::new);
        database.query(
                        WakeSql.RENEW_ALL,
                        row -> Objects.requireNonNull(row.get("tenant_id", UUID.class)),
                        tenants,
                        owner,
                        lease.toMillis())
                .doFinally(end -> {
                    underWay.set(false);
                    next();
                })
                .subscribe(
                        renewed -> {
                            Set<UUID> done = new HashSet<>(renewed);
                            batch.forEach(one -> one.answer()
                                    .success(done.contains(one.tenant().value())));
                        },
                        error -> batch.forEach(one -> one.answer().error(error)));
    }

    /** Passed over, or lost: only one who waits for the row knows. */
    private Mono<Boolean> alone(TenantId tenant) {
        return database.update(WakeSql.RENEW, tenant.value(), owner, lease.toMillis())
                .map(rows -> rows == 1);
    }
}
