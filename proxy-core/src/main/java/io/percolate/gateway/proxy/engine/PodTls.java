package io.percolate.gateway.proxy.engine;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.percolate.gateway.proxy.engine.tls.CertifiedKey;
import io.percolate.gateway.proxy.engine.tls.KeyFiles;
import io.percolate.gateway.proxy.engine.tls.PemFile;
import io.percolate.gateway.proxy.engine.tls.ReloadedFiles;
import io.percolate.gateway.proxy.engine.tls.TlsMaterialException;
import io.percolate.gateway.proxy.engine.tls.TlsProvider;
import io.percolate.gateway.proxy.engine.tls.TlsSuites;
import io.percolate.gateway.routing.tenant.PodAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the pods of one tier: whose word we take for who they are, which name they must prove, and who we are to them.
 * Made anew when its files change; connections that are open go on. Safe for use from any thread.
 */
final class PodTls implements AutoCloseable {
    private static final String WORKLOAD = "spiffe://";

    private final PodWire wire;
    private final PodTlsConfig config;
    private final @Nullable String name;
    private final TlsProvider provider;
    private final ReloadedFiles<SslContext> contexts;
    /** Kept until the next change: an event loop may have read it just before it was replaced. */
    private final AtomicReference<@Nullable SslContext> replaced = new AtomicReference<>();

    /**
     * Reads the files. Blocks.
     *
     * @param name that pods prove instead of the host they are addressed by: a DNS name, or a SPIFFE id
     */
    PodTls(PodWire wire, PodTlsConfig config, @Nullable String name, TlsProvider provider) throws TlsMaterialException {
        this.wire = wire;
        this.config = config;
        this.name = name;
        this.provider = provider;
        List<Path> files = new ArrayList<>();
        if (config.authorities() != null) {
            files.add(config.authorities());
        }
        if (config.key() != null) {
            files.addAll(config.key().paths());
        }
        this.contexts = ReloadedFiles.load("TLS to pods", files, this::context, this::retire);
    }

    SslHandler handler(ByteBufAllocator allocator, PodAddress address) {
        String host = name == null || isWorkload(name) ? address.host() : name;
        return contexts.current().newHandler(allocator, host, address.port());
    }

    void look() {
        contexts.look();
    }

    @Override
    public void close() {
        contexts.close();
        retire(null);
    }

    @Override
    public String toString() {
        return name == null ? "for the pod's host" : "for " + name;
    }

    private void retire(@Nullable SslContext old) {
        ReferenceCountUtil.release(replaced.getAndSet(old));
    }

    private static boolean isWorkload(String name) {
        return name.startsWith(WORKLOAD);
    }

    private SslContext context() throws TlsMaterialException {
        X509ExtendedTrustManager trust = trust();
        String workload = name != null && isWorkload(name) ? name : null;
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(provider.netty())
                .protocols(TlsSuites.Least.TLS12.protocols())
                .ciphers(TlsSuites.CIPHERS)
                .trustManager(workload == null ? trust : new WorkloadTrust(trust, workload))
                .endpointIdentificationAlgorithm(workload == null ? "HTTPS" : null);
        if (wire == PodWire.H2) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2));
        }
        KeyFiles own = config.key();
        if (own != null) {
            CertifiedKey key = CertifiedKey.read(own);
            builder.keyManager(key.key(), key.chainArray());
        }
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException unusable) {
            throw new TlsMaterialException(
                    "TLS to pods cannot be made of its files: " + unusable.getMessage(), unusable);
        }
    }

    private X509ExtendedTrustManager trust() throws TlsMaterialException {
        try {
            KeyStore authorities = null;
            if (config.authorities() != null) {
                authorities = KeyStore.getInstance(KeyStore.getDefaultType());
                authorities.load(null, null);
                int number = 0;
                for (X509Certificate authority : PemFile.certificates(config.authorities())) {
                    authorities.setCertificateEntry("authority-" + number++, authority);
                }
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(authorities);
            for (TrustManager manager : factory.getTrustManagers()) {
                if (manager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new TlsMaterialException("this JDK cannot verify certificates");
        } catch (GeneralSecurityException | IOException unusable) {
            throw new TlsMaterialException(
                    "the authorities of pods cannot be used: " + unusable.getMessage(), unusable);
        }
    }
}
