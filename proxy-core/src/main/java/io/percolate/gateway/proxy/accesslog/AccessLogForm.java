package io.percolate.gateway.proxy.accesslog;

import java.io.StringWriter;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Entries as lines.
 *
 * <p>Whatever a client wrote is escaped, so that no request forges a line. Tokens never reach the log: the query goes by
 * default, and where it stays, a compact JWS and the value of a parameter named like a token are blotted out.
 */
final class AccessLogForm {
    private static final String REDACTED = "<redacted>";
    private static final Pattern COMPACT_JWS = Pattern.compile("eyJ[\\w-]*\\.[\\w-]+(\\.[\\w-]*)?");
    private static final Pattern TOKEN_PARAMETER = Pattern.compile(
            "(?i)([?&;][^=&;]*(?:token|jwt|secret|password|signature|credential|authorization)[^=&;]*=)[^&;]*");
    private static final double NANOS_PER_MILLI = 1e6;

    private final AccessLogConfig.Format format;
    private final boolean query;
    private final JsonFactory json = new JsonFactory();

    AccessLogForm(AccessLogConfig config) {
        this.format = config.format();
        this.query = config.query();
    }

    String line(AccessLogEntry entry) {
        return switch (format) {
            case TEXT -> text(entry);
            case JSON, OFF -> json(entry);
        };
    }

    private String text(AccessLogEntry entry) {
        StringBuilder line = new StringBuilder(256)
                .append(Instant.ofEpochMilli(entry.endedMillis()))
                .append(' ')
                .append(plain(entry.clientAddress()))
                .append(" \"")
                .append(plain(entry.method()))
                .append(' ')
                .append(plain(target(entry.target())))
                .append(' ')
                .append(entry.protocol())
                .append("\" ")
                .append(entry.status())
                .append(' ')
                .append(millis(entry))
                .append("ms tenant=")
                .append(dash(entry.tenant()))
                .append(" tier=")
                .append(dash(entry.tier()))
                .append(" by=")
                .append(lower(entry.answeredBy()))
                .append(" pod=")
                .append(dash(entry.pod()))
                .append(" in=")
                .append(entry.requestBodyBytes())
                .append(" out=")
                .append(entry.responseBodyBytes())
                .append(" id=")
                .append(plain(entry.requestId()));
        if (entry.failure() != null) {
            line.append(" failure=").append(lower(entry.failure()));
        }
        if (entry.webSocketEnd() != null) {
            line.append(" websocket=")
                    .append(lower(entry.webSocketEnd()))
                    .append(" code=")
                    .append(entry.closeCode());
        }
        if (entry.tries() > 1) {
            line.append(" tries=").append(entry.tries());
        }
        if (entry.deadlineNanos() > 0) {
            line.append(" deadline=").append(rounded(entry.deadlineNanos())).append("ms");
        }
        if (!entry.complete()) {
            line.append(" incomplete");
        }
        return line.append('\n').toString();
    }

    private String json(AccessLogEntry entry) {
        StringWriter line = new StringWriter(384);
        try (JsonGenerator object = json.createGenerator(ObjectWriteContext.empty(), line)) {
            object.writeStartObject();
            object.writeStringProperty(
                    "time", Instant.ofEpochMilli(entry.endedMillis()).toString());
            object.writeStringProperty("client", entry.clientAddress());
            object.writeStringProperty("method", entry.method());
            object.writeStringProperty("target", target(entry.target()));
            object.writeStringProperty("protocol", entry.protocol());
            object.writeNumberProperty("status", entry.status());
            object.writeNumberProperty("duration_ms", millis(entry));
            optional(object, "tenant", entry.tenant());
            optional(object, "tier", entry.tier());
            object.writeStringProperty("answered_by", lower(entry.answeredBy()));
            optional(object, "pod", entry.pod());
            optional(object, "failure", entry.failure() == null ? null : lower(entry.failure()));
            object.writeNumberProperty("request_bytes", entry.requestBodyBytes());
            object.writeNumberProperty("response_bytes", entry.responseBodyBytes());
            object.writeStringProperty("request_id", entry.requestId());
            if (entry.webSocketEnd() != null) {
                object.writeStringProperty("websocket_end", lower(entry.webSocketEnd()));
                object.writeNumberProperty("websocket_close_code", entry.closeCode());
            }
            if (entry.tries() > 1) {
                object.writeNumberProperty("tries", entry.tries());
            }
            if (entry.deadlineNanos() > 0) {
                object.writeNumberProperty("deadline_ms", rounded(entry.deadlineNanos()));
            }
            object.writeBooleanProperty("complete", entry.complete());
            object.writeEndObject();
        }
        return line.append('\n').toString();
    }

    private String target(String target) {
        String shown = target;
        int queryStart = target.indexOf('?');
        if (queryStart >= 0) {
            shown = query
                    ? TOKEN_PARAMETER.matcher(target).replaceAll("$1" + REDACTED)
                    : target.substring(0, queryStart);
        }
        return COMPACT_JWS.matcher(shown).replaceAll(REDACTED);
    }

    /** Printable ASCII without quotes as it is, the rest as a backslash, {@code u} and four hex digits. */
    private static String plain(String text) {
        StringBuilder escaped = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
                escaped.append(c);
            } else {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            }
        }
        return escaped.isEmpty() ? "-" : escaped.toString();
    }

    private static void optional(JsonGenerator object, String name, @Nullable Object value) {
        if (value != null) {
            object.writeStringProperty(name, value.toString());
        }
    }

    private static double millis(AccessLogEntry entry) {
        return rounded(entry.durationNanos());
    }

    private static double rounded(long nanos) {
        return Math.round(nanos / NANOS_PER_MILLI * 1000) / 1000.0;
    }

    private static String dash(@Nullable Object value) {
        return value == null ? "-" : value.toString();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
