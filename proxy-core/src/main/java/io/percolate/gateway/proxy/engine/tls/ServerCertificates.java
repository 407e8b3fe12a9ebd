package io.percolate.gateway.proxy.engine.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All certificates of the edge, by the names they are valid for, as their files have them now.
 *
 * <p>A client that names no host, or one that no certificate is for, is shown the first: what it makes of that is its
 * own matter, and refusing would tell which names there are. Each file is watched by itself, so that one that is broken
 * stops none of the others.
 */
public final class ServerCertificates implements AutoCloseable {
    /** The certificates by name; replaced as a whole. */
    private record Index(
            ServerCertificate first, Map<String, ServerCertificate> exact, Map<String, ServerCertificate> wildcards) {}

    /** A handshake that can begin, and the names that its certificate is valid for. */
    public record Choice(SslHandler handler, ServerNames names) {}

    /** What there is to say about one certificate. */
    public record Status(
            String file,
            Instant expires,
            long reloads,
            long failures,
            @Nullable String problem) {}

    private record Watched(KeyFiles files, ReloadedFiles<ServerCertificate> certificate) {}

    private final List<Watched> watched;
    private final FileWatch watch;
    private final long ticketKeyLifeNanos;
    private long rotatedNanos = System.nanoTime();
    private volatile Index index;

    private ServerCertificates(List<Watched> watched, TlsConfig config) {
        this.watched = watched;
        this.index = index(watched);
        this.ticketKeyLifeNanos = config.ticketKeyLife().toNanos();
        long interval = Math.min(config.reloadInterval().toNanos(), ticketKeyLifeNanos);
        this.watch = new FileWatch(Duration.ofNanos(interval), List.of(this::look));
    }

    /** Reads all of them and begins to watch their files. Blocks. */
    public static ServerCertificates open(TlsConfig config, Set<ClientCertificates> modes) throws TlsMaterialException {
        List<Watched> watched = new ArrayList<>();
        try {
            for (KeyFiles files : config.keys()) {
                List<Path> paths = new ArrayList<>(files.paths());
                config.clientAuthorities().ifPresent(paths::add);
                watched.add(new Watched(
                        files,
                        ReloadedFiles.load(
                                "the certificate in " + files.chain(),
                                paths,
                                () -> ServerCertificate.read(files, modes, config),
                                ServerCertificate::release)));
            }
        } catch (TlsMaterialException unusable) {
            watched.forEach(read -> read.certificate.close());
            throw unusable;
        }
        return new ServerCertificates(List.copyOf(watched), config);
    }

    /** What begins the handshake with a client that named this host, in lower case, or none. */
    public Choice choose(@Nullable String host, ClientCertificates mode, ByteBufAllocator allocator) {
        while (true) {
            ServerCertificate certificate = find(host);
            SslContext context = certificate.retained(mode);
            if (context != null) {
                try {
                    return new Choice(context.newHandler(allocator), certificate.names());
                } finally {
                    ReferenceCountUtil.release(context);
                }
            }
            // Replaced since it was found; the index had the new one before the old one was let go.
        }
    }

    public List<Status> status() {
        return watched.stream().map(ServerCertificates::status).toList();
    }

    private static Status status(Watched watched) {
        ReloadedFiles<ServerCertificate> files = watched.certificate;
        return new Status(
                watched.files.chain().toString(),
                files.current().key().expires(),
                files.reloads(),
                files.failures(),
                files.problem());
    }

    private ServerCertificate find(@Nullable String host) {
        Index now = index;
        if (host == null) {
            return now.first;
        }
        ServerCertificate exact = now.exact.get(host);
        if (exact != null) {
            return exact;
        }
        ServerCertificate wildcard = now.wildcards.get(ServerNames.behindFirstLabel(host));
        return wildcard == null ? now.first : wildcard;
    }

    private void look() {
        for (Watched each : watched) {
            each.certificate.look(() -> index = index(watched));
        }
        long now = System.nanoTime();
        if (now - rotatedNanos >= ticketKeyLifeNanos) {
            rotatedNanos = now;
            watched.forEach(each -> each.certificate.current().rotateTicketKeys());
        }
    }

    private static Index index(List<Watched> watched) {
        Map<String, ServerCertificate> exact = new HashMap<>();
        Map<String, ServerCertificate> wildcards = new HashMap<>();
        for (Watched each : watched) {
            ServerCertificate certificate = each.certificate.current();
            // Of several for one name, the first.
            certificate.names().exact().forEach(name -> exact.putIfAbsent(name, certificate));
            certificate.names().behindWildcards().forEach(name -> wildcards.putIfAbsent(name, certificate));
        }
        return new Index(watched.getFirst().certificate.current(), Map.copyOf(exact), Map.copyOf(wildcards));
    }

    /** Stops the watching and lets the contexts go, which connections keep as long as they live. */
    @Override
    public void close() {
        watch.close();
        watched.forEach(each -> each.certificate.close());
    }
}
