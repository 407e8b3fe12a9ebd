package io.percolate.gateway.admin.health;

import io.percolate.gateway.admin.audit.AuditAction;
import io.percolate.gateway.admin.audit.AuditLog;
import io.percolate.gateway.admin.auth.Principal;
import io.percolate.gateway.admin.auth.Scope;
import io.percolate.gateway.admin.http.Call.Caller;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.admin.webhook.Outbox;
import io.percolate.gateway.routing.postgres.ManagementDatabase;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.PodId;
import java.time.Duration;
import java.util.UUID;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is written when a pod is lost.
 *
 * <p>Its hot tenants become warm there: their newest data are on its disk, requests are cold starts at once instead of
 * failures, and nobody else may load them but by the rules of the wake. Those of tier A are noted, to be woken without being
 * asked for. Their back-offs are over, which were those of a pod that did not answer and was not known to be lost. Epochs stay:
 * should the pod be alive, it still has them, under these epochs, until others were assigned.
 */
final class PodLosses {
    private static final Principal POD_HEALTH = new Principal("pod-health", Scope.WRITE);

    /** Unless it has beaten since it was looked at. */
    private static final String MARK = """
            UPDATE pods SET lost_at = clock_timestamp()
            WHERE id = $1 AND lost_at IS NULL AND status <> 'gone'
              AND heartbeat_at <= clock_timestamp() - $2 * interval '1 millisecond'
            """;

    private static final String FREE = "(s.wake_lease_until IS NULL OR s.wake_lease_until <= clock_timestamp())";
    /** Looked at in the statement itself: the pod may have come back since whoever asks has read its row. */
    private static final String LOST = "EXISTS (SELECT FROM pods p WHERE p.id = $1 AND p.lost_at IS NOT NULL)";

    private static final String NOTE_LOST = """
            INSERT INTO lost_tenants (tenant_id, pod_id)
            SELECT s.tenant_id, s.pod_id FROM tenant_states s JOIN tenants t ON t.id = s.tenant_id
            WHERE s.pod_id = $1 AND s.state = 'hot' AND t.tier = 'A' AND t.status = 'active' AND %s
              AND %s
            ON CONFLICT (tenant_id) DO UPDATE SET pod_id = EXCLUDED.pod_id, retry_at = now()
            """.formatted(FREE, LOST);

    private static final String COOL = """
            UPDATE tenant_states s SET state = 'warm', wake_failures = 0, wake_retry_at = NULL, wake_error = NULL
            WHERE s.pod_id = $1 AND s.state = 'hot' AND %s AND %s
            """.formatted(FREE, LOST);

    private final ManagementDatabase database;
    private final Outbox outbox;

    PodLosses(ManagementDatabase database, Outbox outbox) {
        this.database = database;
        this.outbox = outbox;
    }

    /** How many tenants lost their pod; -1 where the pod has beaten again, or is declared lost by another. */
    Mono<Long> declare(WatchedPod pod, Duration lateAfter) {
        return database.inTransaction(sql -> sql.update(MARK, pod.id().value(), lateAfter.toMillis())
                .flatMap(marked -> marked == 0
                        ? Mono.just(-1L)
                        : cool(sql, pod.id()).flatMap(tenants -> {
                            ObjectNode told = Json.newObject()
                                    .put("pod", pod.id().value())
                                    .put("tier", pod.tier().name())
                                    .put("region", pod.region())
                                    .put("tenants", tenants);
                            return AuditLog.append(
                                            sql,
                                            new Caller(
                                                    POD_HEALTH,
                                                    null,
                                                    null,
                                                    UUID.randomUUID().toString()),
                                            AuditAction.POD_LOST,
                                            null,
                                            told)
                                    .then(outbox.append(sql, "pod.lost", told))
                                    .thenReturn(tenants);
                        })));
    }

    /**
     * Those that were just being moved or woken when their pod was lost, or were published right afterwards; nobody where it has
     * come back.
     */
    Mono<Long> coolRest(PodId pod) {
        return database.inTransaction(sql -> cool(sql, pod));
    }

    private static Mono<Long> cool(Statements sql, PodId pod) {
        return sql.update(NOTE_LOST, pod.value()).then(sql.update(COOL, pod.value()));
    }
}
