package io.percolate.gateway.bench.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** One round of one peer: start, warm up, measure, end. */
final class LoadRound {
    /** The peer runs on the first core; origin and load share the second. */
    static final int PEER_CORE = 0;

    static final int LOAD_CORE = 1;
    private static final Duration READY_MAX = Duration.ofSeconds(60);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);
    private static final long PROBE_INTERVAL_NANOS = Duration.ofMillis(2).toNanos();

    private final LoadRig rig;
    private final int seconds;
    private final int warmupSeconds;
    private final int idleConnections;
    private final Wrk wrk;
    private final RateRun rateRun;

    LoadRound(LoadRig rig, int seconds, int warmupSeconds, int idleConnections) {
        this.rig = rig;
        this.seconds = seconds;
        this.warmupSeconds = warmupSeconds;
        this.idleConnections = idleConnections;
        this.wrk = new Wrk(rig.folder(), LOAD_CORE);
        this.rateRun = new RateRun(rig.folder(), LOAD_CORE);
    }

    Sample measure(Peer peer, LoadCase load, int port) {
        long startedNanos = System.nanoTime();
        try (PinnedProcess process = peer.start(PEER_CORE, port)) {
            double startMillis = awaitAnswer(process, port, startedNanos);
            return switch (load) {
                case START -> single(process, startMillis);
                case IDLE -> idle(process, load, port);
                case RATE -> {
                    rateRun.run(load, port, warmupSeconds, token());
                    yield timed(process, () -> rateRun.run(load, port, seconds, token()));
                }
                case GET_64, GET_1000, GET_16K, GET_1M, POST_64K, COLD_RS256, COLD_ES256 -> {
                    wrk.run(load, port, warmupSeconds);
                    peer.forgetTokens();
                    yield timed(process, () -> wrk.run(load, port, seconds));
                }
            };
        }
    }

    private Sample timed(PinnedProcess process, java.util.function.Supplier<Wrk.Figures> run) {
        MachineClock before = MachineClock.now();
        double cpuBefore = process.cpuSeconds();
        Wrk.Figures figures = run.get();
        double cpu = process.cpuSeconds() - cpuBefore;
        return new Sample(
                figures.requests() / figures.seconds(),
                cpu / figures.requests() * 1_000,
                figures.p50(),
                figures.p90(),
                figures.p99(),
                process.residentBytes(),
                figures.errors(),
                MachineClock.now().stealShareSince(before));
    }

    private Sample idle(PinnedProcess process, LoadCase load, int port) {
        MachineClock clock = MachineClock.now();
        wrk.run(LoadCase.GET_64, port, warmupSeconds);
        long before = process.residentBytes();
        try (IdleConnections idle = new IdleConnections()) {
            idle.open(port, idleConnections, tokens(), load.target());
            long after = process.residentBytes();
            return one((after - before) / (double) idleConnections, after, clock);
        }
    }

    private static Sample single(PinnedProcess process, double millis) {
        return one(millis, process.residentBytes(), MachineClock.now());
    }

    private static Sample one(double figure, long residentBytes, MachineClock since) {
        return new Sample(
                0,
                0,
                figure,
                figure,
                figure,
                residentBytes,
                0,
                MachineClock.now().stealShareSince(since));
    }

    /** Asks until the first 200; returns milliseconds since the start. */
    private double awaitAnswer(PinnedProcess process, int port, long startedNanos) {
        HttpRequest probe = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/static/200"))
                .timeout(PROBE_TIMEOUT)
                .header("Authorization", "Bearer " + token())
                .build();
        long deadline = startedNanos + READY_MAX.toNanos();
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(PROBE_TIMEOUT)
                .build()) {
            while (System.nanoTime() < deadline && process.isAlive()) {
                try {
                    if (client.send(probe, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200) {
                        return (System.nanoTime() - startedNanos) / 1e6;
                    }
                } catch (IOException notYet) {
                    LockSupport.parkNanos(PROBE_INTERVAL_NANOS);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted", interrupted);
                }
            }
        }
        throw new IllegalStateException("no 200 within " + READY_MAX.toSeconds() + " s:\n" + process.logTail());
    }

    static void awaitListening(PinnedProcess process, int port, Duration bound) {
        long deadline = System.nanoTime() + bound.toNanos();
        while (System.nanoTime() < deadline && process.isAlive()) {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                if (socket.isConnected()) {
                    return;
                }
            } catch (IOException notYet) {
                LockSupport.parkNanos(PROBE_INTERVAL_NANOS);
            }
        }
        throw new IllegalStateException("nothing listens at " + port + ":\n" + process.logTail());
    }

    private String token() {
        return tokens().getFirst();
    }

    private List<String> tokens() {
        try {
            return Files.readAllLines(rig.folder().resolve(TokenSet.WARM.fileName()));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
