package io.percolate.gateway.admin.scaling;

import io.percolate.gateway.routing.postgres.Statements;
import io.percolate.gateway.routing.tenant.Tier;
import io.r2dbc.spi.Readable;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** What is told to all gateways about a tier's pods: a row that counts for a short while. */
final class TierState {
    /** Several looks, so that one that is late takes nobody's hope; and short enough for who was refused. */
    private static final Duration VALID = Duration.ofSeconds(5);

    private final Tier tier;
    private final String region;

    TierState(Tier tier, String region) {
        this.tier = tier;
        this.region = region;
    }

    /** What the row says. */
    enum State {
        STEADY,
        GROWING,
        REFUSED,
        SHRINKING
    }

    /**
     * The row.
     *
     * @param idle for how long; null where the tier is not idle
     */
    record Row(State state, @Nullable Duration idle, boolean valid) {
        private static final Row NONE = new Row(State.STEADY, null, false);

        static Row of(Readable row) {
            Long idle = row.get("idle_ms", Long.class);
            return new Row(
                    State.valueOf(Objects.requireNonNull(row.get("state", String.class))
                            .toUpperCase(Locale.ROOT)),
                    idle == null ? null : Duration.ofMillis(idle),
                    Boolean.TRUE.equals(row.get("valid", Boolean.class)));
        }

        boolean isIdleFor(Duration time) {
            return idle != null && idle.compareTo(time) >= 0;
        }
    }

    Mono<Row> read(Statements sql) {
        return sql.queryFirst(ScalingSql.READ, Row::of, tier.name(), region).map(row -> row.orElse(Row.NONE));
    }

    /** Nothing is written where it says so already. */
    Mono<Void> steady(Statements sql, Row known, boolean idle) {
        return known.state() == State.STEADY && (known.idle() != null) == idle
                ? Mono.empty()
                : write(sql, State.STEADY, Optional.empty(), idle);
    }

    Mono<Void> growing(Statements sql) {
        return write(sql, State.GROWING, Optional.empty(), false);
    }

    Mono<Void> shrinking(Statements sql) {
        return write(sql, State.SHRINKING, Optional.empty(), true);
    }

    Mono<Void> refused(Statements sql, Obstacle obstacle) {
        return write(sql, State.REFUSED, Optional.of(obstacle), false);
    }

    private Mono<Void> write(Statements sql, State state, Optional<Obstacle> obstacle, boolean idle) {
        return sql.update(
                        ScalingSql.WRITE,
                        tier.name(),
                        region,
                        state.name().toLowerCase(Locale.ROOT),
                        Statements.nullable(
                                obstacle.map(o -> o.refusal().label()).orElse(null), String.class),
                        Statements.nullable(obstacle.map(Obstacle::detail).orElse(null), String.class),
                        Statements.nullable(
                                obstacle.map(o -> "tier " + tier + " gets no further pod: "
                                                + o.refusal().reason())
                                        .orElse(null),
                                String.class),
                        Statements.nullable(
                                obstacle.map(o -> o.refusal().retryAfter().toMillis())
                                        .orElse(null),
                                Long.class),
                        idle,
                        VALID.toMillis())
                .then();
    }
}
