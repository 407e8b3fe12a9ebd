package io.percolate.gateway.admin.http;

/** Why the management API refuses or fails; closed, also the metric label and the {@code type} of the problem JSON. */
public enum ProblemKind {
    REQUEST_MALFORMED(400, "Malformed request"),
    BODY_MALFORMED(400, "Malformed JSON body"),
    FIELDS_INVALID(400, "Invalid fields"),
    TOKEN_MISSING(401, "Admin token missing"),
    TOKEN_INVALID(401, "Admin token invalid"),
    SCOPE_INSUFFICIENT(403, "Scope insufficient"),
    PATH_UNKNOWN(404, "Path unknown"),
    TENANT_UNKNOWN(404, "Tenant unknown"),
    REVOCATION_UNKNOWN(404, "Revocation unknown"),
    SCHEDULE_UNKNOWN(404, "Schedule unknown"),
    SHARD_UNKNOWN(404, "Shard unknown"),
    MIGRATION_UNKNOWN(404, "Migration unknown"),
    POD_UNKNOWN(404, "Pod unknown"),
    METHOD_NOT_ALLOWED(405, "Method not allowed"),
    TENANT_EXISTS(409, "Tenant exists"),
    TENANT_INACTIVE(409, "Tenant inactive"),
    TENANT_BUSY(409, "Tenant busy"),
    TENANT_NOT_HOSTED(409, "Tenant not hosted"),
    SHARD_EXISTS(409, "Shard exists"),
    SHARD_IN_USE(409, "Shard in use"),
    GENERATION_STALE(409, "Generation stale"),
    MIGRATION_ENDED(409, "Migration ended"),
    POD_STATUS_UNFIT(409, "Pod status unfit"),
    REBALANCE_RUNNING(409, "Rebalance running"),
    REVOCATIONS_EXHAUSTED(409, "Too many revocations"),
    PRECONDITION_FAILED(412, "Precondition failed"),
    BODY_TOO_LARGE(413, "Body too large"),
    TARGET_TOO_LONG(414, "Request target too long"),
    MEDIA_TYPE_UNSUPPORTED(415, "Media type unsupported"),
    REQUEST_MISDIRECTED(421, "Misdirected request"),
    IDEMPOTENCY_KEY_REUSED(422, "Idempotency key reused"),
    HEADERS_TOO_LARGE(431, "Header fields too large"),
    INTERNAL(500, "Internal error"),
    DATABASE_UNAVAILABLE(503, "Database unavailable"),
    DEADLINE_EXCEEDED(503, "Deadline exceeded"),
    SUBSCRIBERS_EXHAUSTED(503, "Too many subscribers"),
    NOT_READY(503, "Not ready"),
    WAKE_FAILED(503, "Wake failed"),
    EVICTION_FAILED(503, "Eviction failed");

    private final int status;
    private final String title;

    ProblemKind(int status, String title) {
        this.status = status;
        this.title = title;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }
}
