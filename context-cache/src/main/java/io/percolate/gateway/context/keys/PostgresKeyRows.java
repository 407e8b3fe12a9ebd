package io.percolate.gateway.context.keys;

import io.percolate.gateway.routing.failure.Failure;
import io.percolate.gateway.routing.failure.FailureKind;
import io.percolate.gateway.routing.postgres.DatabaseException;
import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.TenantId;
import io.r2dbc.spi.Readable;
import java.nio.ByteBuffer;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import reactor.core.publisher.Mono;

/** The rows in the management database; completes on the driver's event loops. */
public final class PostgresKeyRows implements KeyRows {
    private static final String SELECT = "SELECT k.key_version, k.key_encryption_key, k.wrapped_keyset, k.retired_at,"
            + " coalesce(c.epoch, 0) AS context_epoch"
            + " FROM tenant_keys k LEFT JOIN tenant_contexts c ON c.tenant_id = k.tenant_id";
    /** Versions of one tenant that are ever looked at: rotated daily, ten years of them. */
    private static final int VERSIONS_MAX = 4096;

    private static final UUID LOWEST = new UUID(0, 0);
    private static final String FOREIGN_KEY_VIOLATION = "23503";

    private final Statements database;

    public PostgresKeyRows(Statements database) {
        this.database = database;
    }

    @Override
    public Mono<Optional<KeyRow>> ofVersion(TenantId tenant, int version) {
        return database.queryFirst(
                SELECT + " WHERE k.tenant_id = $1 AND k.key_version = $2",
                PostgresKeyRows::row,
                tenant.value(),
                version);
    }

    @Override
    public Mono<List<KeyRow>> all(TenantId tenant) {
        return database.<KeyRow>query(
                        SELECT + " WHERE k.tenant_id = $1 ORDER BY k.key_version DESC LIMIT " + VERSIONS_MAX,
                        PostgresKeyRows::row,
                        tenant.value())
                .map(List::reversed);
    }

    @Override
    public Mono<Boolean> insert(TenantId tenant, KeyRow row) {
        return database.update(
                        "INSERT INTO tenant_keys (tenant_id, key_version, key_encryption_key, wrapped_keyset)"
                                + " VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, key_version) DO NOTHING",
                        tenant.value(),
                        row.version(),
                        row.keyEncryptionKey(),
                        row.wrappedKeyset().duplicate())
                .map(inserted -> inserted == 1)
                .onErrorMap(
                        DatabaseException.class,
                        failed -> failed.sqlState()
                                        .filter(FOREIGN_KEY_VIOLATION::equals)
                                        .isPresent()
                                ? Failure.of(FailureKind.TENANT_UNKNOWN, "there is no tenant " + tenant)
                                        .toException(failed)
                                : failed);
    }

    @Override
    public Mono<Boolean> rewrap(TenantId tenant, KeyRow rewrapped, String wrappedBefore) {
        return database.update(
                        "UPDATE tenant_keys SET key_encryption_key = $4, wrapped_keyset = $5"
                                + " WHERE tenant_id = $1 AND key_version = $2 AND key_encryption_key = $3",
                        tenant.value(),
                        rewrapped.version(),
                        wrappedBefore,
                        rewrapped.keyEncryptionKey(),
                        rewrapped.wrappedKeyset().duplicate())
                .map(updated -> updated == 1);
    }

    @Override
    public Mono<Void> contextWritten(TenantId tenant, long epoch) {
        return database.update(
                        "INSERT INTO tenant_contexts AS c (tenant_id, epoch) SELECT id, $2 FROM tenants WHERE id = $1"
                                + " ON CONFLICT (tenant_id) DO UPDATE SET epoch = EXCLUDED.epoch, written_at = now()"
                                + " WHERE c.epoch < EXCLUDED.epoch",
                        tenant.value(),
                        epoch)
                .then();
    }

    @Override
    public Mono<List<TenantId>> wrappedByOthers(String keyEncryptionKey, Optional<TenantId> after, int limit) {
        return database.query(
                "SELECT DISTINCT tenant_id FROM tenant_keys WHERE key_encryption_key <> $1 AND tenant_id > $2"
                        + " ORDER BY tenant_id LIMIT " + limit,
                row -> new TenantId(Objects.requireNonNull(row.get("tenant_id", UUID.class))),
                keyEncryptionKey,
                after.map(TenantId::value).orElse(LOWEST));
    }

    private static KeyRow row(Readable row) {
        return new KeyRow(
                Objects.requireNonNull(row.get("key_version", Integer.class)),
                Objects.requireNonNull(row.get("key_encryption_key", String.class)),
                Objects.requireNonNull(row.get("wrapped_keyset", ByteBuffer.class)),
                row.get("retired_at", OffsetDateTime.class) != null,
                Objects.requireNonNull(row.get("context_epoch", Long.class)));
    }
}
