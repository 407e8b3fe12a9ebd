package io.percolate.gateway.admin.flush;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.http.Call;
import io.percolate.gateway.admin.http.Reply;
import io.percolate.gateway.routing.fleet.FleetFlush;
import io.percolate.gateway.routing.fleet.FlushReport;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** {@code /v1/caches/flush}: every gateway drops what is asked, and says so. */
public final class FlushResource {
    private final ManagementDatabase database;
    private final FleetFlush flushes;
    private final Duration wait;

    /** {@code wait}: how long gateways have to confirm before the answer says who has not. */
    public FlushResource(ManagementDatabase database, FleetFlush flushes, Duration wait) {
        this.database = database;
        this.flushes = flushes;
        this.wait = wait;
    }

    /**
     * How far a flush got.
     *
     * @param gateways that were alive when it was ordered
     * @param missing those that have not confirmed yet; they flush when they hear of it
     * @param entries dropped by those that have
     */
    record FlushView(long flush, int gateways, int confirmed, List<UUID> missing, long entries) {
        static FlushView of(FlushReport report) {
            return new FlushView(
                    report.id(), report.expected().size(), report.confirmed(), report.missing(), report.entries());
        }
    }

    /** The audit row comes first: a flush without a row cannot happen, a row without a flush means that it failed. */
    public Mono<Reply> flush(Call call) {
        FlushRequest request = FlushRequest.read(call.json());
        return AuditLog.append(database, call.caller(), AuditAction.CACHES_FLUSHED, null, request.metadata())
                .then(Mono.defer(() -> flushes.flush(request.scope(), request.caches(), wait)))
                .map(report -> Reply.json(report.isComplete() ? 200 : 202, FlushView.of(report)));
    }
}
