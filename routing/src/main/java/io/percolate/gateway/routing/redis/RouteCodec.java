package io.percolate.gateway.routing.redis;

import io.percolate.gateway.routing.tenant.Placement;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.PodAddress;
import io.percolate.gateway.routing.tenant.PodId;
import io.percolate.gateway.routing.tenant.Residency;
import io.percolate.gateway.routing.tenant.SecurityMode;
import io.percolate.gateway.routing.tenant.TenantId;
import io.percolate.gateway.routing.tenant.TenantRoute;
import io.percolate.gateway.routing.tenant.TenantStatus;
import io.percolate.gateway.routing.tenant.Tier;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A route as bytes. All numbers are big-endian.
 *
 * <pre>
 * format (1) | version (8) | history (8) | loaded, epoch milliseconds (8) | tenant (16) |
 * tier, status, security mode, residency (1 each) | epoch (8) | flags (1) | region |
 * schema name, if flagged | shard, if flagged | pod id, pod tier (1), host, port (2), placement epoch (8), if flagged |
 * limits: which are set (1), each of these (8), if flagged
 * </pre>
 *
 * <p>A text is its length in UTF-8 bytes (2), then these. Format and version come first, where the script of
 * {@link RouteScript} compares them. {@code history} names the database by which versions count.
 */
final class RouteCodec {
    /** Of a route: other builds write other numbers when they change the rest. */
    static final byte ROUTE = 1;
    /** Of a value that only says up to which version others are outdated. */
    static final byte FLOOR = 0;

    static final int FLOOR_LENGTH = 1 + 8 + 8;
    /** No route is longer: five texts of at most 255 characters each. */
    static final int LENGTH_MAX = 4_096;

    private static final int TEXT_BYTES_MAX = 1_020;
    private static final int HAS_SCHEMA = 1;
    private static final int HAS_SHARD = 2;
    private static final int HAS_PLACEMENT = 4;
    private static final int HAS_LIMITS = 8;

    private RouteCodec() {}

    /**
     * What was read.
     *
     * @param history of the database that it was loaded from
     * @param loadedMillis when its load began, by the clock of the gateway that loaded it
     */
    record Decoded(TenantRoute route, long history, long loadedMillis) {}

    static byte[] floor(long version, long history) {
        return ByteBuffer.allocate(FLOOR_LENGTH)
                .put(FLOOR)
                .putLong(version)
                .putLong(history)
                .array();
    }

    static byte[] encode(TenantRoute route, long history, long loadedMillis) {
        ByteBuffer out = ByteBuffer.allocate(LENGTH_MAX);
        out.put(ROUTE).putLong(route.version()).putLong(history).putLong(loadedMillis);
        out.putLong(route.tenant().value().getMostSignificantBits());
        out.putLong(route.tenant().value().getLeastSignificantBits());
        out.put(code(route.tier()));
        out.put(code(route.status()));
        out.put(code(route.securityMode()));
        out.put(code(route.residency()));
        out.putLong(route.epoch());
        Placement placement = route.placement();
        int flags = (route.schemaName() == null ? 0 : HAS_SCHEMA)
                | (route.shard() == null ? 0 : HAS_SHARD)
                | (placement == null ? 0 : HAS_PLACEMENT)
                | (route.limits().equals(PlanLimits.NONE) ? 0 : HAS_LIMITS);
        out.put((byte) flags);
        text(out, route.region());
        if (route.schemaName() != null) {
            text(out, route.schemaName());
        }
        if (route.shard() != null) {
            text(out, route.shard());
        }
        if (placement != null) {
            text(out, placement.pod().value());
            out.put(code(placement.tier()));
            text(out, placement.address().host());
            out.putShort((short) placement.address().port());
            out.putLong(placement.epoch());
        }
        if ((flags & HAS_LIMITS) != 0) {
            limits(out, route.limits());
        }
        byte[] bytes = new byte[out.position()];
        out.flip().get(bytes);
        return bytes;
    }

    /** The route, or null when these bytes are not exactly one. */
    static @Nullable Decoded decode(byte[] bytes) {
        if (bytes.length > LENGTH_MAX) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            if (in.get() != ROUTE) {
                return null;
            }
            long version = in.getLong();
            long history = in.getLong();
            long loadedMillis = in.getLong();
            TenantRoute route = route(in, version);
            return in.hasRemaining() ? null : new Decoded(route, history, loadedMillis);
        } catch (BufferUnderflowException | CharacterCodingException | IllegalArgumentException unreadable) {
            return null;
        }
    }

    private static TenantRoute route(ByteBuffer in, long version) throws CharacterCodingException {
        TenantId tenant = new TenantId(new UUID(in.getLong(), in.getLong()));
        Tier tier = tier(in.get());
        TenantStatus status = choice(TenantStatus.values(), in.get());
        SecurityMode securityMode = choice(SecurityMode.values(), in.get());
        Residency residency = choice(Residency.values(), in.get());
        long epoch = in.getLong();
        int flags = in.get();
        if (flags < 0 || flags > (HAS_SCHEMA | HAS_SHARD | HAS_PLACEMENT | HAS_LIMITS) || version < 0 || epoch < 0) {
            throw new IllegalArgumentException("a number out of its range");
        }
        String region = text(in);
        String schema = (flags & HAS_SCHEMA) == 0 ? null : text(in);
        String shard = (flags & HAS_SHARD) == 0 ? null : text(in);
        Placement placement = (flags & HAS_PLACEMENT) == 0 ? null : placement(in);
        PlanLimits limits = (flags & HAS_LIMITS) == 0 ? PlanLimits.NONE : limits(in);
        return new TenantRoute(
                tenant,
                tier,
                status,
                securityMode,
                residency,
                placement,
                epoch,
                region,
                schema,
                shard,
                version,
                limits);
    }

    private static void limits(ByteBuffer out, PlanLimits limits) {
        @Nullable Long[] values = limits.values();
        int set = 0;
        for (int i = 0; i < values.length; i++) {
            set |= values[i] == null ? 0 : 1 << i;
        }
        out.put((byte) set);
        for (Long value : values) {
            if (value != null) {
                out.putLong(value);
            }
        }
    }

    private static PlanLimits limits(ByteBuffer in) {
        int set = in.get();
        if (set <= 0 || set >= 1 << PlanLimits.COUNT) {
            throw new IllegalArgumentException("no such limits");
        }
        @Nullable Long[] values = new @Nullable Long[PlanLimits.COUNT];
        for (int i = 0; i < values.length; i++) {
            if ((set & 1 << i) != 0) {
                values[i] = in.getLong();
            }
        }
        return PlanLimits.of(values);
    }

    private static Placement placement(ByteBuffer in) throws CharacterCodingException {
        PodId pod = new PodId(text(in));
        Tier tier = tier(in.get());
        PodAddress address = new PodAddress(text(in), Short.toUnsignedInt(in.getShort()));
        return new Placement(pod, tier, address, in.getLong());
    }

    private static Tier tier(byte code) {
        return choice(Tier.values(), code);
    }

    /** Places in an enum are what is written: who moves a constant changes {@link #ROUTE}; a test says so. */
    @SuppressWarnings("EnumOrdinal")
    private static byte code(Enum<?> value) {
        return (byte) value.ordinal();
    }

    private static <E> E choice(E[] values, byte code) {
        if (code < 0 || code >= values.length) {
            throw new IllegalArgumentException("no such choice: " + code);
        }
        return values[code];
    }

    private static void text(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            throw new IllegalArgumentException("a text of " + bytes.length + " bytes");
        }
        out.putShort((short) bytes.length).put(bytes);
    }

    private static String text(ByteBuffer in) throws CharacterCodingException {
        int length = Short.toUnsignedInt(in.getShort());
        if (length > in.remaining() || length > TEXT_BYTES_MAX) {
            throw new BufferUnderflowException();
        }
        ByteBuffer bytes = in.slice(in.position(), length);
        in.position(in.position() + length);
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    }
}
