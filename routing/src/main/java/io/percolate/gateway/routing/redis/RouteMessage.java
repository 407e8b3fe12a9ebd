package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.tenant.TenantId;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * News of one route: {@code format (1) | history (8) | tenant (16) | version (8)}.
 *
 * @param history of the database that the version is of
 */
record RouteMessage(long history, TenantId tenant, long version) {
    private static final byte FORMAT = 1;
    private static final int LENGTH = 1 + 8 + 16 + 8;

    byte[] encode() {
        return ByteBuffer.allocate(LENGTH)
                .put(FORMAT)
                .putLong(history)
                .putLong(tenant.value().getMostSignificantBits())
                .putLong(tenant.value().getLeastSignificantBits())
                .putLong(version)
                .array();
    }

    /** The message, or null when these bytes are none. */
    static @Nullable RouteMessage decode(byte[] bytes) {
        if (bytes.length != LENGTH || bytes[0] != FORMAT) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes, 1, LENGTH - 1);
        RouteMessage message =
                new RouteMessage(in.getLong(), new TenantId(new UUID(in.getLong(), in.getLong())), in.getLong());
        return message.version < 0 ? null : message;
    }
}
