package io.percolate.gateway.admin.audit;

import io.percolate.gateway.admin.http.Call.Caller;
import io.percolate.gateway.admin.http.Json;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import java.net.InetAddress;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/** Writes the rows of the audit log. */
public final class AuditLog {
    private static final int USER_AGENT_LENGTH_MAX = 512;

    private AuditLog() {}

    /**
     * Adds one row to the transaction under way, so that there is no change without its row and no row without its
     * change.
     *
     * @param tenant whom it is about; null for the fleet
     * @param metadata what was and what is; the request's id is added
     */
    public static Mono<Long> append(
            Statements transaction, Caller caller, AuditAction action, @Nullable TenantId tenant, ObjectNode metadata) {
        UUID subject = tenant == null ? null : tenant.value();
        String actor = caller.principal() == null ? null : caller.principal().name();
        return transaction.update(
                """
                INSERT INTO audit_log
                    (tenant_id, actor, action, resource_type, resource_id, metadata, ip_address, user_agent)
                VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::inet, $8)
                """,
                Statements.nullable(subject, UUID.class),
                Statements.nullable(actor, String.class),
                action.label(),
                action.resource(),
                Statements.nullable(subject, UUID.class),
                Json.writeText(metadata.deepCopy().put("request_id", caller.requestId())),
                Statements.nullable(text(caller.address()), String.class),
                Statements.nullable(bounded(caller.userAgent()), String.class));
    }

    /** Without the zone of a link-local address, for which {@code inet} has no room. */
    private static @Nullable String text(@Nullable InetAddress address) {
        return address == null ? null : address.getHostAddress().replaceFirst("%.*", "");
    }

    private static @Nullable String bounded(@Nullable String userAgent) {
        return userAgent == null || userAgent.length() <= USER_AGENT_LENGTH_MAX
                ? userAgent
                : userAgent.substring(0, USER_AGENT_LENGTH_MAX);
    }
}
