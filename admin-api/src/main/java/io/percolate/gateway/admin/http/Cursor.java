package io.percolate.gateway.admin.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/**
 * A place in a list that is ordered by creation: just after the row with this time and id. Opaque to callers.
 *
 * <p>Since it names a row and not a count, rows that come or go meanwhile neither repeat nor hide others.
 */
public record Cursor(Instant createdAt, String id) {
    private static final int ID_BYTES_MAX = 255;
    /** What lies beyond was never a cursor of ours; PostgreSQL's own bound is later still. */
    private static final long MICROS_MAX =
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse("9999-12-31T00:00:00Z"));

    public String encode() {
        byte[] idBytes = id.getBytes(StandardCharsets.UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + idBytes.length)
                .putLong(ChronoUnit.MICROS.between(Instant.EPOCH, createdAt))
                .put(idBytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** The id, for lists whose ids are UUIDs; a {@code FIELDS_INVALID} problem when it is another list's. */
    public UUID uuid() {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException notOurs) {
            throw Problem.ofField("cursor", "expected the next_cursor of an earlier page of this list")
                    .toException(notOurs);
        }
    }

    static Optional<Cursor> parse(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
            if (bytes.remaining() <= Long.BYTES || bytes.remaining() > Long.BYTES + ID_BYTES_MAX) {
                return Optional.empty();
            }
            long micros = bytes.getLong();
            String id = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            return micros < 0 || micros > MICROS_MAX
                    ? Optional.empty()
                    : Optional.of(new Cursor(Instant.EPOCH.plus(micros, ChronoUnit.MICROS), id));
        } catch (IllegalArgumentException | CharacterCodingException notOurs) {
            return Optional.empty();
        }
    }
}
