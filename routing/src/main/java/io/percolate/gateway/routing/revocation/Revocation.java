package io.percolate.gateway.routing.revocation;

import io.r2dbc.spi.Readable;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;

/**
 * One entry of the deny list.
 *
 * @param value the {@code jti} or {@code sid}
 * @param issuer the {@code iss} that it is about; empty for any
 * @param expiresAtMillis from when on no such token is accepted anyway
 */
record Revocation(Kind kind, String value, String issuer, long expiresAtMillis) {
    static final String COLUMNS =
            "id, kind, value, issuer, (EXTRACT(EPOCH FROM expires_at) * 1000)::bigint AS expires_millis";
    private static final int MESSAGE_LINES = 5;

    enum Kind {
        TOKEN,
        SESSION;

        static Kind parse(String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** A row of {@code token_revocations} with its place in the order of ids. */
    record Row(UUID id, Revocation revocation) {
        static Row of(Readable row) {
            return new Row(
                    Objects.requireNonNull(row.get("id", UUID.class)),
                    new Revocation(
                            Kind.parse(Objects.requireNonNull(row.get("kind", String.class))),
                            Objects.requireNonNull(row.get("value", String.class)),
                            Objects.requireNonNull(row.get("issuer", String.class)),
                            Objects.requireNonNull(row.get("expires_millis", Long.class))));
        }
    }

    /** What a notification says. */
    record Message(boolean lifted, Revocation revocation) {
        static Message parse(String payload) {
            String[] lines = payload.split("\n", -1);
            if (lines.length != MESSAGE_LINES || !(lines[0].equals("add") || lines[0].equals("lift"))) {
                throw new IllegalArgumentException("expected the lines add or lift, kind, expiry, issuer, value");
            }
            return new Message(
                    lines[0].equals("lift"),
                    new Revocation(Kind.parse(lines[1]), lines[4], lines[3], Long.parseLong(lines[2])));
        }
    }

    boolean isAbout(Revocation other) {
        return kind == other.kind && value.equals(other.value) && issuer.equals(other.issuer);
    }

    boolean holds(String tokenIssuer, long nowMillis) {
        return nowMillis < expiresAtMillis && (issuer.isEmpty() || issuer.equals(tokenIssuer));
    }
}
