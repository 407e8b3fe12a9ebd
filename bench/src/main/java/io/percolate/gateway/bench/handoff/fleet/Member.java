package io.percolate.gateway.bench.handoff.fleet;

import io.percolate.gateway.fixtures.LocalPort;
import io.percolate.gateway.fixtures.ServerProcess;
import io.percolate.gateway.fixtures.TcpLink;
import io.percolate.gateway.routing.tenant.Tier;
import java.net.URI;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One process of a fleet, over its lives: name, ports and folder stay. */
public final class Member {
    /** What it is. */
    public enum Kind {
        POD,
        GATEWAY,
        /** Moves tenants at random. */
        MOVER,
        MANAGER
    }

    private final Kind kind;
    private final String name;
    private final @Nullable Tier tier;
    private final Path log;
    private final int port = LocalPort.free();
    private final int opsPort = LocalPort.free();
    /** Lives that have ended by a kill. */
    private final AtomicInteger deaths = new AtomicInteger();

    private volatile boolean ready;
    volatile String versionLabel = "v1";
    volatile @Nullable ServerProcess process;
    /** Between it and PostgreSQL; null where nothing is. */
    volatile @Nullable TcpLink link;

    /** @param tier of a pod; null of all else */
    Member(Kind kind, String name, @Nullable Tier tier, Path folder) {
        this.kind = kind;
        this.name = name;
        this.tier = tier;
        this.log = folder.resolve(name + ".log");
    }

    public Kind kind() {
        return kind;
    }

    public String name() {
        return name;
    }

    public @Nullable Tier tier() {
        return tier;
    }

    public int port() {
        return port;
    }

    int opsPort() {
        return opsPort;
    }

    public int deaths() {
        return deaths.get();
    }

    void died() {
        deaths.incrementAndGet();
    }

    /** Whether it answers, as far as its fleet knows. */
    public boolean isReady() {
        return ready;
    }

    void ready(boolean now) {
        ready = now;
    }

    public Path log() {
        return log;
    }

    public URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    /** The link to PostgreSQL; throws where it has none. */
    public TcpLink link() {
        TcpLink own = link;
        if (own == null) {
            throw new IllegalStateException(name + " has no link of its own to PostgreSQL");
        }
        return own;
    }

    ServerProcess process() {
        ServerProcess running = process;
        if (running == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return running;
    }
}
