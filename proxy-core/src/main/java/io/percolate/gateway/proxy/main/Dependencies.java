package io.percolate.gateway.proxy.main;

import io.percolate.gateway.proxy.engine.Edge;
import io.percolate.gateway.proxy.engine.tls.ServerCertificates;
import io.percolate.gateway.proxy.ops.Readiness.Dependency;
import io.percolate.gateway.proxy.ops.Readiness.Need;
import io.percolate.gateway.proxy.ops.Readiness.State;
import io.percolate.gateway.proxy.overload.OverloadStage;
import io.percolate.gateway.proxy.overload.OverloadWatch;
import io.percolate.gateway.routing.invalidation.NewsStatus;
import io.percolate.gateway.routing.invalidation.RoutingNews;
import io.percolate.gateway.routing.redis.SecondLevel;
import io.percolate.gateway.routing.replica.ReadReplicas;
import io.percolate.gateway.routing.token.JwtTokenVerifier;
import io.percolate.gateway.routing.token.keys.KeyRingStatus;
import io.percolate.gateway.routing.token.keys.SignatureProvider;
import io.percolate.gateway.routing.topology.LiveTopology;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the gateway has to have reached, once, before it takes requests. */
final class Dependencies {
    /** A database that was heard this recently counts as up; its connection is probed more often than that. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(10);

    private Dependencies() {}

    /** @param topology where requests cannot be placed without it */
    static List<Dependency> of(
            RoutingNews news,
            JwtTokenVerifier tokens,
            SecondLevel shared,
            ReadReplicas replicas,
            Optional<LiveTopology> topology,
            Edge edge,
            OverloadWatch overload) {
        List<Dependency> all = new ArrayList<>(List.of(
                new Dependency("database", Need.ONCE, () -> database(news.status())),
                new Dependency("listen", Need.ONCE, () -> listen(news.status())),
                new Dependency("keys", Need.ONCE, () -> keys(tokens)),
                new Dependency("signatures", Need.NEVER, () -> signatures(tokens.signatures())),
                new Dependency("overload", Need.NEVER, () -> overload(overload))));
        if (!edge.certificates().isEmpty()) {
            all.add(new Dependency("certificates", Need.NEVER, () -> certificates(edge)));
        }
        topology.ifPresent(known -> all.add(new Dependency("topology", Need.ONCE, () -> topology(known))));
        if (shared.status().isPresent()) {
            all.add(new Dependency("redis", Need.NEVER, () -> redis(shared)));
        }
        if (replicas.status().isPresent()) {
            all.add(new Dependency("replicas", Need.NEVER, () -> replicas(replicas)));
        }
        return all;
    }

    private static State overload(OverloadWatch watch) {
        return new State(watch.stage() == OverloadStage.CALM, watch.detail());
    }

    private static State topology(LiveTopology topology) {
        return new State(topology.isLoaded(), topology.isLoaded() ? "shards and regions are known" : "not read yet");
    }

    private static State certificates(Edge edge) {
        List<ServerCertificates.Status> all = edge.certificates();
        String problems = all.stream()
                .map(ServerCertificates.Status::problem)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
        if (!problems.isEmpty()) {
            return new State(false, "changed files are not in use: " + problems);
        }
        Instant expires = all.stream()
                .map(ServerCertificates.Status::expires)
                .min(Instant::compareTo)
                .orElse(Instant.MAX);
        return new State(expires.isAfter(Instant.now()), all.size() + " in use, the first expires at " + expires);
    }

    private static State replicas(ReadReplicas replicas) {
        return replicas.status()
                .map(status -> new State(status.usable(), status.detail()))
                .orElseGet(() -> new State(false, "not configured"));
    }

    private static State redis(SecondLevel shared) {
        return shared.status()
                .map(status -> new State(status.up(), status.detail()))
                .orElseGet(() -> new State(false, "not configured"));
    }

    private static State database(NewsStatus status) {
        Duration silence = status.silence();
        if (silence == null) {
            return new State(false, "not heard yet");
        }
        return new State(silence.compareTo(SILENCE_MAX) < 0, "last heard " + silence.toMillis() + " ms ago");
    }

    private static State listen(NewsStatus status) {
        Duration lag = status.lag();
        return new State(
                status.connected(),
                status.connected()
                        ? "changes of routes arrive"
                                + (lag == null ? "" : " " + lag.toMillis() + " ms after the commit")
                        : "changes of routes are not heard; known routes are served and looked at again");
    }

    private static State keys(JwtTokenVerifier tokens) {
        List<KeyRingStatus> issuers = tokens.keys();
        return new State(
                tokens.isReady(),
                issuers.stream()
                        .map(issuer -> issuers.size() == 1 ? keys(issuer) : issuer.issuer() + ": " + keys(issuer))
                        .collect(Collectors.joining("; ")));
    }

    private static String keys(KeyRingStatus status) {
        String error = status.lastError();
        String keys =
                status.source().isEmpty() ? "shared secret" : status.kids().size() + " keys of " + status.source();
        return error == null ? keys : keys + "; " + error;
    }

    private static State signatures(SignatureProvider signatures) {
        return new State(signatures.isAsChosen(), "checked by " + signatures.description());
    }
}
