package io.percolate.gateway.routing.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.percolate.gateway.fixtures.PostgresFixture;
import io.percolate.gateway.fixtures.PostgresServer;
import io.percolate.gateway.fixtures.TestDatabase;
import io.percolate.gateway.routing.postgres.DatabaseException.Kind;
import io.percolate.gateway.routing.stack.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

class ManagementDatabaseTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int POOL = 4;

    private static TestDatabase postgres;
    private static SimpleMeterRegistry meters;
    private static ManagementDatabase database;

    @BeforeAll
    static void start() {
        postgres = PostgresFixture.freshDatabase();
        postgres.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT,"
                + " CONSTRAINT things_have_long_names CHECK (length(name) > 2))");
        meters = new SimpleMeterRegistry();
        database =
                open(meters, postgres.url(), "GATEWAY_DB_ACQUIRE_TIMEOUT", "10s", "GATEWAY_DB_STATEMENT_TIMEOUT", "5s");
    }

    @AfterAll
    static void stop() {
        database.close().block(PATIENCE);
        assertThat(meters.getMeters()).isEmpty();
        postgres.close();
    }

    private static ManagementDatabase open(String url, String... settings) {
        return open(new SimpleMeterRegistry(), url, settings);
    }

    private static ManagementDatabase open(SimpleMeterRegistry registry, String url, String... settings) {
        List<String> all =
                new ArrayList<>(List.of("MANAGEMENT_DB_URL", url, "GATEWAY_DB_POOL_SIZE", Integer.toString(POOL)));
        all.addAll(List.of(settings));
        return ManagementDatabase.open(
                Settings.read(DatabaseConfig::read, all.toArray(String[]::new)), "test", registry);
    }

    private static void assertFails(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        error -> assertThat(error.kind()).as(error.toString()).isEqualTo(kind));
    }

    private static Optional<String> name(int id) {
        return Objects.requireNonNull(database.queryFirst(
                        "SELECT coalesce(name, 'nameless') FROM things WHERE id = $1",
                        row -> Objects.requireNonNull(row.get(0, String.class)),
                        id)
                .block(PATIENCE));
    }

    @Test
    void runsStatementsWithBindsAndTypedNulls() {
        assertThat(database.update(
                                "INSERT INTO things VALUES ($1, $2), ($3, $4)",
                                1,
                                "one",
                                2,
                                Statements.nullable(null, String.class))
                        .block(PATIENCE))
                .isEqualTo(2);

        assertThat(name(1)).contains("one");
        assertThat(name(2)).contains("nameless");
        assertThat(name(-1)).isEmpty();
    }

    @Test
    void aTransactionIsCommittedBeforeItsValueArrives() {
        Optional<String> seen = database.inTransaction(
                        s -> s.update("INSERT INTO things VALUES (10, 'ten')").thenReturn("made"))
                .flatMap(made -> database.queryFirst(
                        "SELECT name FROM things WHERE id = 10",
                        row -> Objects.requireNonNull(row.get(0, String.class))))
                .block(PATIENCE);

        assertThat(seen).contains("ten");
    }

    @Test
    void aTransactionThatFailsLeavesNothingBehindAndItsErrorIsTheCallers() {
        assertThatThrownBy(() -> database.inTransaction(s -> s.update("INSERT INTO things VALUES (11, 'eleven')")
                                .then(Mono.error(new IllegalStateException("mine"))))
                        .block(PATIENCE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("mine");

        assertThat(name(11)).isEmpty();
    }

    @Test
    void errorsAreSortedByWhatCanBeDone() {
        assertThatThrownBy(() ->
                        database.update("INSERT INTO things VALUES (20, 'x')").block(PATIENCE))
                .isInstanceOfSatisfying(DatabaseException.class, error -> {
                    assertThat(error.kind()).isEqualTo(Kind.CONSTRAINT);
                    assertThat(error.constraint()).contains("things_have_long_names");
                    assertThat(error.sqlState()).contains("23514");
                    assertThat(error.isOutage()).isFalse();
                });
        assertFails(Kind.OTHER, () -> database.update("SELECT nonsense").block(PATIENCE));
        assertFails(
                Kind.CONFLICT,
                () -> database.inTransaction(s -> s.update("SET LOCAL lock_timeout = '20ms'")
                                .then(s.update("LOCK TABLE things IN ACCESS EXCLUSIVE MODE"))
                                .then(Mono.defer(
                                        () -> database.inTransaction(t -> t.update("SET LOCAL lock_timeout = '20ms'")
                                                .then(t.update("LOCK TABLE things IN ACCESS SHARE MODE"))))))
                        .block(PATIENCE));
    }

    @Test
    void aStatementThatRunsTooLongIsEndedByTheServerAndItsConnectionIsKept() {
        ManagementDatabase hasty = open(
                postgres.url(),
                "GATEWAY_DB_STATEMENT_TIMEOUT",
                "100ms",
                "GATEWAY_DB_POOL_SIZE",
                "1",
                "GATEWAY_DB_POOL_MIN",
                "0");
        try {
            Integer before = backend(hasty);

            assertFails(Kind.TIMEOUT, () -> hasty.update("SELECT pg_sleep(5)").block(PATIENCE));

            assertThat(backend(hasty)).isEqualTo(before);
        } finally {
            hasty.close().block(PATIENCE);
        }
    }

    private static Integer backend(ManagementDatabase database) {
        return Objects.requireNonNull(database.query(
                                "SELECT pg_backend_pid()", row -> Objects.requireNonNull(row.get(0, Integer.class)))
                        .block(PATIENCE))
                .getFirst();
    }

    @Test
    void aUnitOfWorkThatNeverEndsLosesItsConnectionButNotThePools() {
        ManagementDatabase hasty = open(
                postgres.url(),
                "GATEWAY_DB_TRANSACTION_TIMEOUT",
                "100ms",
                "GATEWAY_DB_POOL_SIZE",
                "1",
                "GATEWAY_DB_POOL_MIN",
                "0");
        try {
            assertFails(
                    Kind.TIMEOUT,
                    () -> hasty.inTransaction(s -> s.update("INSERT INTO things VALUES (30, 'thirty')")
                                    .then(Mono.never()))
                            .block(PATIENCE));

            await().atMost(PATIENCE)
                    .untilAsserted(() ->
                            assertThat(hasty.update("SELECT 1").block(PATIENCE)).isEqualTo(1));
            assertThat(name(30)).isEmpty();
        } finally {
            hasty.close().block(PATIENCE);
        }
    }

    @Test
    void whoFindsNoFreeConnectionIsToldInTime() {
        ManagementDatabase small = open(
                postgres.url(),
                "GATEWAY_DB_ACQUIRE_TIMEOUT",
                "50ms",
                "GATEWAY_DB_POOL_SIZE",
                "1",
                "GATEWAY_DB_POOL_MIN",
                "1");
        try {
            Disposable hog = small.update("SELECT pg_sleep(0.5)").subscribe();

            assertFails(Kind.TIMEOUT, () -> small.update("SELECT 1").block(PATIENCE));

            hog.dispose();
            await().atMost(PATIENCE)
                    .ignoreExceptionsInstanceOf(DatabaseException.class)
                    .untilAsserted(() ->
                            assertThat(small.update("SELECT 1").block(PATIENCE)).isEqualTo(1));
        } finally {
            small.close().block(PATIENCE);
        }
    }

    @Test
    void whatIsUrgentGoesBeforeAllThatWaits() {
        ManagementDatabase small = open(
                postgres.url(),
                "GATEWAY_DB_ACQUIRE_TIMEOUT",
                "20s",
                "GATEWAY_DB_POOL_SIZE",
                "1",
                "GATEWAY_DB_POOL_MIN",
                "1");
        try {
            List<String> order = Collections.synchronizedList(new ArrayList<>());
            Mono<Long> hog = small.update("SELECT pg_sleep(0.2)").cache();
            hog.subscribe();
            Mono<Void> waiting = Flux.range(0, 5)
                    .flatMap(i -> small.update("SELECT 1").doOnNext(rows -> order.add("waiting")))
                    .then()
                    .cache();
            waiting.subscribe();

            small.urgently()
                    .update("SELECT 1")
                    .doOnNext(rows -> order.add("urgent"))
                    .block(PATIENCE);
            waiting.block(PATIENCE);

            assertThat(order).hasSize(6).startsWith("urgent");
        } finally {
            small.close().block(PATIENCE);
        }
    }

    @Test
    void callsCancelledAtAnyMomentCostNoConnection() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Disposable> calls = IntStream.range(0, 400)
                .mapToObj(i -> switch (i % 3) {
                    case 0 -> database.update("SELECT pg_sleep($1)", random.nextInt(4) / 1000.0);
                    case 1 ->
                        database.inTransaction(s -> s.update("INSERT INTO things VALUES ($1, 'cancelled')", 1_000 + i)
                                .then(s.update("SELECT pg_sleep(0.001)")));
                    default -> database.query("SELECT g FROM generate_series(1, 500) g", row -> 1);
                })
                .map(call -> {
                    Disposable running = call.subscribe(done -> {}, error -> {});
                    Schedulers.parallel().schedule(running::dispose, random.nextInt(8_000), TimeUnit.MICROSECONDS);
                    return running;
                })
                .toList();
        await().atMost(PATIENCE).until(() -> calls.stream().allMatch(Disposable::isDisposed));

        // All connections at once, each held until the last one is there.
        AtomicInteger held = new AtomicInteger();
        Long all = Flux.range(0, POOL)
                .flatMap(
                        i -> database.inConnection(s -> s.update("SELECT 1")
                                .doOnNext(one -> held.incrementAndGet())
                                .delayUntil(one -> Flux.interval(Duration.ofMillis(2))
                                        .filter(tick -> held.get() == POOL)
                                        .next())),
                        POOL)
                .count()
                .block(PATIENCE);

        assertThat(all).as("seed %d", seed).isEqualTo(POOL);
        await().atMost(PATIENCE).untilAsserted(() -> {
            assertThat(meters.get("router.db.waiting").gauge().value()).isZero();
            assertThat(meters.get("router.db.connections")
                            .tag("state", "acquired")
                            .gauge()
                            .value())
                    .as("seed %d", seed)
                    .isZero();
        });
    }

    @Test
    void aServerThatSaysNothingIsUnavailableInTime() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            ManagementDatabase unheard = open(
                    "postgresql://u:p@localhost:" + silent.getLocalPort() + "/d",
                    "GATEWAY_DB_CONNECT_TIMEOUT",
                    "200ms");
            try {
                assertFails(Kind.UNAVAILABLE, () -> unheard.update("SELECT 1").block(Duration.ofSeconds(5)));
            } finally {
                unheard.close().block(PATIENCE);
            }
        }
    }

    @Test
    void thePoolIsWholeAsSoonAsPostgresIsBack() {
        try (PostgresServer server = PostgresServer.start()) {
            ManagementDatabase database =
                    open(server.url(), "GATEWAY_DB_POOL_MIN", "4", "GATEWAY_DB_ACQUIRE_TIMEOUT", "10s");
            try {
                allAtOnce(database).block(PATIENCE);
                server.stop();
                assertFails(Kind.UNAVAILABLE, () -> database.update("SELECT 1").block(PATIENCE));

                server.restart();

                assertThat(allAtOnce(database).block(PATIENCE)).isEqualTo(8);
            } finally {
                database.close().block(PATIENCE);
            }
        }
    }

    private static Mono<Long> allAtOnce(ManagementDatabase database) {
        return Flux.range(0, 8)
                .flatMap(i -> database.update("SELECT pg_sleep(0.05)"))
                .count();
    }

    @Test
    void anErrorOfTheMapperReachesTheCaller() {
        assertThatThrownBy(() -> database.query("SELECT 1", row -> {
                            throw new IllegalArgumentException("unreadable " + new UUID(0, 1));
                        })
                        .block(PATIENCE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unreadable");
    }
}
