package io.percolate.gateway.admin.revocation;

import io.percolate.gateway.admin.http.Cursor;
import io.percolate.gateway.admin.http.Json;
import io.r2dbc.spi.Readable;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One revocation, as the API shows it. */
record RevocationView(
        UUID id,
        String kind,
        String value,
        @Nullable String issuer,
        @Nullable String reason,
        Instant expiresAt,
        Instant createdAt) {

    static final String COLUMNS = "id, kind, value, issuer, reason, expires_at, created_at";

    static RevocationView of(Readable row) {
        String issuer = required(row, "issuer", String.class);
        return new RevocationView(
                required(row, "id", UUID.class),
                required(row, "kind", String.class),
                required(row, "value", String.class),
                issuer.isEmpty() ? null : issuer,
                row.get("reason", String.class),
                required(row, "expires_at", Instant.class),
                required(row, "created_at", Instant.class));
    }

    Cursor cursor() {
        return new Cursor(createdAt, id.toString());
    }

    ObjectNode metadata() {
        return Json.newObject()
                .put("revocation", id.toString())
                .put("kind", kind)
                .put("value", value);
    }

    private static <T> T required(Readable row, String column, Class<T> type) {
        return Objects.requireNonNull(row.get(column, type), column);
    }
}
