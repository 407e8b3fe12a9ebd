package io.percolate.gateway.admin.work;

import io.percolate.gateway.routing.postgres.Statements;
import java.time.Duration;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** One process's hold on work of which the fleet needs one at a time; by the database's clock. */
final class WorkLease {
    /** Taken when nobody has it, prolonged when this process does; else nothing is changed. */
    private static final String TAKE = """
            INSERT INTO work_leases AS w (work, owner, lease_until)
            VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
            ON CONFLICT (work) DO UPDATE SET owner = EXCLUDED.owner, lease_until = EXCLUDED.lease_until
            WHERE w.owner = EXCLUDED.owner OR w.lease_until <= clock_timestamp()
            """;

    private static final String RELEASE = "DELETE FROM work_leases WHERE work = $1 AND owner = $2";

    private final Statements database;
    private final String work;
    private final UUID owner;
    private final Duration lease;

    WorkLease(Statements database, String work, UUID owner, Duration lease) {
        this.database = database;
        this.work = work;
        this.owner = owner;
        this.lease = lease;
    }

    /** Whether this process has it for the lease's length from before the answer. */
    Mono<Boolean> take() {
        return database.update(TAKE, work, owner, lease.toMillis()).map(rows -> rows == 1);
    }

    /** Lets another process begin at once. */
    Mono<Void> release() {
        return database.update(RELEASE, work, owner).then();
    }
}
