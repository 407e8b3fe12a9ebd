package io.percolate.gateway.proxy.engine.http1;

import io.percolate.gateway.routing.config.ConfigReader;
import io.percolate.gateway.routing.tenant.PlanLimits;
import io.percolate.gateway.routing.tenant.TenantRoute;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The fields that tell a pod what is known of the tenant, as configured.
 *
 * <p>Their names begin with {@code X-Tenant-} or {@code X-Placement-}, which {@link HeaderRules} never lets pass from a
 * client, in a head or in trailers, in either spelling; so nobody but the gateway says these things, whatever is
 * configured. The bytes are made once for each route and kept in a small table, so that a request copies them. Safe for
 * use from any thread.
 */
public final class TenantHeaders {
    static final String KEY = "GATEWAY_TENANT_HEADERS";
    /** Fields at most. */
    static final int FIELDS_MAX = 32;
    /** A longer value is dropped. */
    static final int VALUE_LENGTH_MAX = 1_024;
    /** Routes whose bytes are kept; a power of two. */
    private static final int ROUTES_KEPT = 8_192;

    private static final int NAME_LENGTH_MAX = 64;
    /** Tokens of RFC 9110 without what scripts and shells read differently. */
    private static final Pattern NAME = Pattern.compile("(?i)x-(tenant|placement)-[a-z0-9-]+");
    /** The gateway sends these anyway. */
    private static final Set<String> TAKEN = Set.of("x-tenant-id", "x-tenant-tier", "x-placement-epoch");

    /** None configured: costs nothing. */
    public static final TenantHeaders NONE = new TenantHeaders(Map.of());

    /** What can be told of a tenant; in configuration by its lower-case name with hyphens. */
    public enum Attribute {
        TIER,
        STATUS,
        SCHEMA,
        SHARD,
        REGION,
        SECURITY_MODE,
        PLACEMENT_EPOCH,
        PLACEMENT_POD,
        REQUESTS_PER_SECOND,
        BURST,
        CONCURRENT_REQUESTS,
        BODY_BYTES_MAX,
        BANDWIDTH_BYTES_PER_SECOND,
        WEBSOCKETS_MAX,
        REQUESTS_PER_MONTH;

        /** Its value, or null when the tenant has none. */
        @Nullable
        Object of(TenantRoute route) {
            PlanLimits limits = route.limits();
            return switch (this) {
                case TIER -> route.tier().name();
                case STATUS -> lower(route.status());
                case SCHEMA -> route.schemaName();
                case SHARD -> route.shard();
                case REGION -> route.region();
                case SECURITY_MODE -> lower(route.securityMode());
                case PLACEMENT_EPOCH -> route.epoch();
                case PLACEMENT_POD ->
                    route.placement() == null ? null : route.placement().pod().value();
                case REQUESTS_PER_SECOND -> limits.requestsPerSecond();
                case BURST -> limits.burst();
                case CONCURRENT_REQUESTS -> limits.concurrentRequests();
                case BODY_BYTES_MAX -> limits.bodyBytesMax();
                case BANDWIDTH_BYTES_PER_SECOND -> limits.bandwidthBytesPerSecond();
                case WEBSOCKETS_MAX -> limits.websocketsMax();
                case REQUESTS_PER_MONTH -> limits.requestsPerMonth();
            };
        }

        private static String lower(Enum<?> value) {
            return value.name().toLowerCase(Locale.ROOT);
        }

        String text() {
            return lower(this).replace('_', '-');
        }
    }

    private record Kept(TenantRoute route, FixedFields fields) {}

    private final Map<String, Attribute> attributes;
    private final AtomicReferenceArray<@Nullable Kept> kept;
    private final LongAdder dropped = new LongAdder();

    private TenantHeaders(Map<String, Attribute> attributes) {
        this.attributes = attributes;
        this.kept = new AtomicReferenceArray<>(attributes.isEmpty() ? 1 : ROUTES_KEPT);
    }

    /** Reads the key {@code GATEWAY_TENANT_HEADERS}. */
    public static TenantHeaders read(ConfigReader reader) {
        String choices = Stream.of(Attribute.values()).map(Attribute::text).collect(Collectors.joining(", "));
        List<String> fields = reader.list(
                KEY,
                List.of(),
                "fields that tell pods of the tenant, each Name=attribute; names begin with X-Tenant- or X-Placement-,"
                        + " which clients cannot send; attributes: " + choices);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (String field : fields) {
            String problem = add(attributes, field, choices);
            if (problem != null) {
                reader.problem(KEY + ": " + problem + " in '" + field + "'");
            }
        }
        if (attributes.size() > FIELDS_MAX) {
            reader.problem(KEY + ": expected at most " + FIELDS_MAX + " fields, got " + attributes.size());
        }
        return attributes.isEmpty() ? NONE : new TenantHeaders(attributes);
    }

    private static @Nullable String add(Map<String, Attribute> attributes, String field, String choices) {
        int equals = field.indexOf('=');
        if (equals < 0) {
            return "expected Name=attribute";
        }
        String name = field.substring(0, equals).strip();
        String attribute = field.substring(equals + 1).strip();
        if (name.length() > NAME_LENGTH_MAX || !NAME.matcher(name).matches()) {
            return "expected a name of letters, digits and hyphens that begins with X-Tenant- or X-Placement-";
        }
        if (TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
            return "the gateway sends this field itself";
        }
        if (attributes.keySet().stream().anyMatch(name::equalsIgnoreCase)) {
            return "this name is given twice";
        }
        for (Attribute known : Attribute.values()) {
            if (known.text().equals(attribute)) {
                attributes.put(name, known);
                return null;
            }
        }
        return "expected one of " + choices;
    }

    /** The fields for this route. */
    public FixedFields fields(TenantRoute route) {
        if (attributes.isEmpty()) {
            return FixedFields.NONE;
        }
        int slot = slot(route);
        Kept known = kept.get(slot);
        if (known != null && isSame(known.route(), route)) {
            return known.fields();
        }
        FixedFields fields = build(route);
        kept.set(slot, new Kept(route, fields));
        return fields;
    }

    /** Values that could not be sent since there was a line end, a control or no ASCII in them, or too much. */
    public long dropped() {
        return dropped.sum();
    }

    private static int slot(TenantRoute route) {
        int hash = route.tenant().hashCode();
        return (hash ^ (hash >>> 16)) & (ROUTES_KEPT - 1);
    }

    /** A route never changes, and the directory hands out the same one until there is a newer version. */
    @SuppressWarnings("ReferenceEquality")
    private static boolean isSame(TenantRoute a, TenantRoute b) {
        return a == b;
    }

    private FixedFields build(TenantRoute route) {
        FixedFields.Builder fields = new FixedFields.Builder();
        attributes.forEach((name, attribute) -> {
            Object value = attribute.of(route);
            if (value == null) {
                return;
            }
            String text = value.toString();
            if (isSendable(text)) {
                fields.add(name, text);
            } else {
                dropped.increment();
            }
        });
        return fields.build();
    }

    private static boolean isSendable(String value) {
        return !value.isEmpty()
                && value.length() <= VALUE_LENGTH_MAX
                && value.chars().allMatch(c -> c >= ' ' && c < 0x7f)
                && value.charAt(0) != ' '
                && value.charAt(value.length() - 1) != ' ';
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TenantHeaders those && attributes.equals(those.attributes);
    }

    @Override
    public int hashCode() {
        return attributes.hashCode();
    }

    @Override
    public String toString() {
        return attributes.toString();
    }
}
