package io.percolate.gateway.warmup.wake;

import static org.assertj.core.api.Assertions.assertThat;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

class ClaimRenewalsTest {
    private static final int MANY = 300;
    /** One goes at once, the others with the second, since a statement takes longer than asking for them does. */
    private static final int STATEMENTS_MAX = 20;

    private final Fleet fleet = new Fleet();
    private final UUID owner = UUID.randomUUID();
    private final List<TenantId> tenants = fleet.tenants(MANY, Tier.C);
    private final AtomicInteger statements = new AtomicInteger();
    private final ClaimRenewals renewals = new ClaimRenewals(new Counted(), owner, Duration.ofSeconds(30));

    ClaimRenewalsTest() {
        fleet.sql("UPDATE tenant_states SET wake_owner = '" + owner + "', wake_lease_until = now()");
    }

    @AfterEach
    void stop() {
        fleet.close();
    }

    @Test
    void claimsThatAreRenewedTogetherShareStatements() {
        List<Boolean> renewed = renewAll(tenants);

        assertThat(renewed).hasSize(MANY).containsOnly(true);
        assertThat(statements.get()).isLessThan(STATEMENTS_MAX);
        assertThat(leasesAlive()).isEqualTo(MANY);
    }

    @Test
    void whatAnotherProcessHasTakenIsLostAndTheRestIsNot() {
        TenantId taken = tenants.get(7);
        fleet.state(taken, "wake_owner = '" + UUID.randomUUID() + "'");

        assertThat(renewAll(tenants).stream().filter(renewed -> !renewed)).hasSize(1);
        assertThat(renewals.renew(taken).block(Fleet.PATIENCE)).isFalse();
        assertThat(leasesAlive()).isEqualTo(MANY - 1);
    }

    @Test
    void aRowThatIsLockedKeepsNoOtherWaiting() throws InterruptedException {
        TenantId locked = tenants.getFirst();
        Sinks.Empty<Void> end = Sinks.empty();
        CountDownLatch has = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        fleet.connections()
                .inTransaction(sql -> sql.update(
                                "UPDATE tenant_states SET epoch = epoch + 1 WHERE tenant_id = $1", locked.value())
                        .doOnNext(rows -> has.countDown())
                        .then(end.asMono()))
                .doFinally(signal -> over.countDown())
                .subscribe();
        has.await();
        Mono<Boolean> late = renewals.renew(locked).cache();
        late.subscribe();

        assertThat(renewAll(tenants.subList(1, MANY))).containsOnly(true);

        end.tryEmitEmpty();
        assertThat(late.block(Fleet.PATIENCE)).isTrue();
        over.await();
    }

    @Test
    void aStatementThatFailsIsToldToAllWhoWaitForItAndTheNextIsSent() {
        ClaimRenewals broken = new ClaimRenewals(new Counted("no such statement"), owner, Duration.ofSeconds(30));

        List<Boolean> failed = Flux.fromIterable(tenants.subList(0, 5))
                .flatMap(tenant -> broken.renew(tenant).map(renewed -> false).onErrorReturn(true))
                .collectList()
                .blockOptional(Fleet.PATIENCE)
                .orElseThrow();

        assertThat(failed).containsExactly(true, true, true, true, true);
        assertThat(statements.get()).isGreaterThan(1);
    }

    private List<Boolean> renewAll(List<TenantId> which) {
        return Flux.fromIterable(which)
                .flatMap(renewals::renew, which.size())
                .collectList()
                .blockOptional(Fleet.PATIENCE)
                .orElseThrow();
    }

    private long leasesAlive() {
        return fleet.connections()
                .query(
                        "SELECT 1 AS one FROM tenant_states WHERE wake_lease_until > now() AND wake_owner = $1",
                        row -> 1,
                        owner)
                .blockOptional(Fleet.PATIENCE)
                .orElseThrow()
                .size();
    }

    /** The database, and how many statements it was sent. */
    private final class Counted implements Statements {
        private final String instead;

        Counted() {
            this("");
        }

        Counted(String instead) {
            this.instead = instead;
        }

        @Override
        public Mono<Long> update(String sql, Object... binds) {
            statements.incrementAndGet();
            return fleet.connections().urgently().update(instead.isEmpty() ? sql : instead, binds);
        }

        @Override
        public <T> Mono<List<T>> query(String sql, Function<? super Readable, ? extends T> mapper, Object... binds) {
            statements.incrementAndGet();
            return fleet.connections().urgently().query(instead.isEmpty() ? sql : instead, mapper, binds);
        }
    }
}
