package io.percolate.gateway.admin.schedule;

import io.percolate.gateway.admin.http.Fields;
import io.percolate.gateway.admin.http.Label;
import io.r2dbc.spi.Readable;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeParseException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * When a tenant is to be hot: a time of day on some days of the week, by the clock of its own time zone.
 *
 * <p>A time that the zone leaves out on a day (the clock is put forward) comes that much later; one that comes twice counts
 * once.
 */
record WakeSchedule(LocalTime at, Set<DayOfWeek> days, ZoneId zone) {
    static final String COLUMNS = "wake_at::text AS wake_at, days::int AS days, time_zone, next_wake_at";

    private static final int TEXT_LENGTH_MAX = 64;
    private static final int DAYS_MAX = 7;

    WakeSchedule {
        days = Set.copyOf(days);
        if (days.isEmpty()) {
            throw new IllegalArgumentException("a schedule has a day at least");
        }
    }

    /** As the API shows it. */
    record View(String at, List<String> days, String timeZone, Instant nextWakeAt) {}

    static WakeSchedule read(ObjectNode body) {
        Fields fields = new Fields(body);
        Optional<LocalTime> at = fields.text("at", TEXT_LENGTH_MAX).flatMap(text -> {
            try {
                return Optional.of(LocalTime.parse(text));
            } catch (DateTimeParseException noTime) {
                fields.error("at", "expected a time of day such as 07:30, got '" + text + "'");
                return Optional.empty();
            }
        });
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        fields.texts("days", DAYS_MAX, TEXT_LENGTH_MAX)
                .ifPresentOrElse(
                        names -> names.forEach(name -> Label.parse(DayOfWeek.class, name)
                                .ifPresentOrElse(
                                        days::add,
                                        () -> fields.error(
                                                "days", "expected days such as monday, got '" + name + "'"))),
                        () -> days.addAll(EnumSet.allOf(DayOfWeek.class)));
        if (!body.has("at")) {
            fields.error("at", "is required");
        }
        Optional<ZoneId> zone = fields.text("time_zone", TEXT_LENGTH_MAX).flatMap(text -> {
            try {
                return Optional.of(ZoneId.of(text));
            } catch (DateTimeException unknown) {
                fields.error("time_zone", "expected a zone such as Europe/Berlin, got '" + text + "'");
                return Optional.empty();
            }
        });
        fields.finish();
        return new WakeSchedule(at.orElseThrow().withNano(0), days, zone.orElse(ZoneId.of("UTC")));
    }

    static WakeSchedule of(Readable row) {
        int bits = Objects.requireNonNull(row.get("days", Integer.class));
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (DayOfWeek day : DayOfWeek.values()) {
            if ((bits & bit(day)) != 0) {
                days.add(day);
            }
        }
        return new WakeSchedule(
                LocalTime.parse(Objects.requireNonNull(row.get("wake_at", String.class))),
                days,
                ZoneId.of(Objects.requireNonNull(row.get("time_zone", String.class))));
    }

    /** The first time after that instant. */
    Instant nextAfter(Instant instant) {
        ZonedDateTime day = instant.atZone(zone);
        return Stream.iterate(day.toLocalDate(), date -> date.plusDays(1))
                .limit(DAYS_MAX + 2L)
                .filter(date -> days.contains(date.getDayOfWeek()))
                .map(date -> ZonedDateTime.of(date, at, zone).toInstant())
                .filter(next -> next.isAfter(instant))
                .findFirst()
                .orElseThrow();
    }

    /** Bit 0 is Monday. */
    int dayBits() {
        return days.stream().mapToInt(WakeSchedule::bit).sum();
    }

    View view(Instant next) {
        return new View(
                at.toString(),
                days.stream()
                        .sorted()
                        .map(day -> day.name().toLowerCase(Locale.ROOT))
                        .toList(),
                zone.getId(),
                next);
    }

    private static int bit(DayOfWeek day) {
        return 1 << (day.getValue() - 1);
    }
}
